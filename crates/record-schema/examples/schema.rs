//! Prints the JSON Schema of an era of statistics records: `cargo run -p record-schema --example schema 8.0`.

use std::process::ExitCode;

use record_schema::Table;

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "printing is what it is for")]
fn main() -> ExitCode {
    let table = match Table::parse(
        include_str!("../../../schemas/api/statistics/record.json"),
        include_str!("../../../schemas/api/statistics/fields.tsv"),
    ) {
        Ok(table) => table,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    let name = std::env::args().nth(1).unwrap_or_default();
    if let Some(era) = table.eras().iter().find(|era| era.name() == name) {
        println!("{:#}", table.schema(era));
        return ExitCode::SUCCESS;
    }
    let known: Vec<&str> = table.eras().iter().map(record_schema::Era::name).collect();
    eprintln!("error: no era `{name}`; there are {}", known.join(", "));
    ExitCode::FAILURE
}
