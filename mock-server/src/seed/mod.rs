//! temporary
use mongo_query::Document; use crate::version::Version;
#[derive(Debug,Clone)] pub struct RecordEra;
impl RecordEra { pub fn for_version(_:&Version)->Self{Self} pub fn date_paths(&self)->&[&str]{&["createdAt","_updatedAt"]} pub fn schema_name(&self)->&str{""} }
#[derive(Debug,Clone,Copy,PartialEq,Eq)] pub enum SeedName{History,Documented,Empty}
pub const DEFAULT_SEED:u64=1;
pub struct SeedData; #[derive(Debug,thiserror::Error)] #[error("x")] pub struct SeedError;
impl SeedData{ pub fn read(_:&crate::data::Fixtures)->Result<Self,SeedError>{Ok(Self)} }
pub struct SeedSpec; impl SeedSpec{ pub fn new(_:SeedName,_:Option<usize>,_:u64,_:&Version)->Self{Self} pub fn count(&self,_:&SeedData)->usize{0} }
pub fn generate(_:&SeedData,_:&SeedSpec)->Vec<Document>{vec![]}
pub fn load_seed_file(_:&std::path::Path,_:&RecordEra)->Result<Vec<Document>,SeedError>{Ok(vec![])}
pub struct RefreshFacts; impl RefreshFacts{ pub fn of_workspace(_:&mut crate::store::Workspace,_:&RecordEra,_:i64,_:f64)->Self{Self} }
pub fn refreshed(_:&RecordEra,_:Option<&Document>,_:RefreshFacts)->Document{Document::new()}
