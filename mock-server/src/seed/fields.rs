//! Every field of the statistics record: since which server version, until which, and how a seeded history fills it.
//!
//! One row a field, in the order in which the server writes them; a field that moved has a row for each place. The
//! order is that of the collector source to 4.5. From 4.6 the server gathers values concurrently and keeps no order of
//! its own; the rows then follow one real record. `NESTED` does the same for fields inside fields.
//! (upstream: `apps/meteor/app/statistics/server/lib/statistics.ts` and its forerunners)

use super::counts::{Messages, Rooms, Users};
use crate::era::version::Version;

use Produce::{
    Apps, Branch, ChangeWatcher, ContactVerification, Contacts, Counted, Counter, CreatedAt, DailyPeak, Deploy, Id,
    InstalledAt, Instances, Integrations, Kept, Languages, LastLogin, LastMessage, LastSeen, Migration, Os, Process,
    Scaled, StatsToken, Tag, UniqueClients, UniqueId, UniqueUsers, UpdatedAt,
};

/// How a seeded history fills a field. "Last" is the value in the record the history ends in.
#[derive(Debug, Clone, Copy)]
pub(super) enum Produce {
    /// The record's own id.
    Id,
    /// The workspace's id; another one before an admin reset it.
    UniqueId,
    /// When the workspace's id was made.
    InstalledAt,
    /// The server's version at that time.
    Version,
    /// The git tag of that version, where its build had one.
    Tag,
    /// The git branch of that version, where its build had one.
    Branch,
    /// A number about users.
    Users(fn(&Users) -> i64),
    /// A number about rooms.
    Rooms(fn(&Rooms) -> i64),
    /// A number about messages.
    Messages(fn(&Messages) -> i64),
    /// Users by language; the sum is the number of users.
    Languages,
    /// The latest login; none before the first.
    LastLogin,
    /// The latest message; none before the first.
    LastMessage,
    /// The latest read mark; none before the first.
    LastSeen,
    /// The host at that time.
    Os,
    /// The server process at that time.
    Process,
    /// How the server was deployed on the host of that time.
    Deploy,
    /// The database's migration state at that time.
    Migration,
    /// How many instances ran.
    Instances,
    /// Whether the database's change log was followed.
    ChangeWatcher,
    /// As last: a setting, or an answer given once.
    Kept,
    /// A count that grows with the workspace and falls now and then.
    Counted,
    /// A count that only grows.
    Counter,
    /// A block whose numbers all grow with the workspace.
    Scaled,
    /// Users of a period: the sum over their roles.
    UniqueUsers,
    /// Devices or operating systems of a period.
    UniqueClients,
    /// Livechat contacts of a period: the sum over their sources.
    Contacts,
    /// Counts of contacts; blocked in part = blocked less blocked in full.
    ContactVerification,
    /// Counts of apps; `false` while the apps framework is not up.
    Apps,
    /// Counts of webhooks: all = incoming + outgoing.
    Integrations,
    /// A day's peak of connections: at most the month's.
    DailyPeak,
    /// The token of the vendor's collector, where it answered.
    StatsToken,
    /// When the record was made.
    CreatedAt,
    /// When the record was last written.
    UpdatedAt,
}

/// Three numbers of a server version.
type Release = (u32, u32, u32);

/// A field of the record.
#[derive(Debug)]
pub(super) struct Field {
    /// Its name.
    pub(super) name: &'static str,
    since: Option<Release>,
    until: Option<Release>,
    /// How a history fills it.
    pub(super) produce: Produce,
}

impl Field {
    /// Whether a server of this version writes the field.
    pub(super) fn is_written_by(&self, version: &Version) -> bool {
        written(self.since, self.until, version)
    }
}

fn written(since: Option<Release>, until: Option<Release>, version: &Version) -> bool {
    let reached = |(major, minor, patch)| version.at_least(major, minor, patch);
    since.is_none_or(reached) && !until.is_some_and(reached)
}

const fn always(name: &'static str, produce: Produce) -> Field {
    Field { name, since: None, until: None, produce }
}

const fn since(name: &'static str, since: Release, produce: Produce) -> Field {
    Field { name, since: Some(since), until: None, produce }
}

const fn until(name: &'static str, until: Release, produce: Produce) -> Field {
    Field { name, since: None, until: Some(until), produce }
}

const fn between(name: &'static str, since: Release, until: Release, produce: Produce) -> Field {
    Field { name, since: Some(since), until: Some(until), produce }
}

/// The record's fields in the order in which they are written. `until` is the first version without the field.
pub(super) static FIELDS: &[Field] = &[
    always("_id", Id),
    since("wizard", (0, 64, 2), Kept),
    always("uniqueId", UniqueId),
    always("installedAt", InstalledAt),
    since("deploymentFingerprintHash", (6, 5, 0), Kept),
    since("deploymentFingerprintVerified", (6, 5, 0), Kept),
    always("version", Produce::Version),
    always("tag", Tag),
    always("branch", Branch),
    always("totalUsers", Produce::Users(|users| users.total)),
    always("activeUsers", Produce::Users(|users| users.active)),
    since("activeGuests", (3, 2, 0), Counted),
    always("nonActiveUsers", Produce::Users(|users| users.inactive)),
    since("appUsers", (3, 0, 0), Counted),
    always("onlineUsers", Produce::Users(|users| users.online)),
    always("awayUsers", Produce::Users(|users| users.away)),
    since("busyUsers", (3, 11, 0), Produce::Users(|users| users.busy)),
    since("totalConnectedUsers", (1, 0, 0), Produce::Users(|users| users.connected)),
    always("offlineUsers", Produce::Users(|users| users.offline)),
    since("userLanguages", (3, 12, 0), Languages),
    always("totalRooms", Produce::Rooms(|rooms| rooms.total)),
    always("totalChannels", Produce::Rooms(|rooms| rooms.channels)),
    always("totalPrivateGroups", Produce::Rooms(|rooms| rooms.groups)),
    always("totalDirect", Produce::Rooms(|rooms| rooms.direct)),
    until("totlalLivechat", (0, 66, 0), Produce::Rooms(|rooms| rooms.livechat)),
    since("totalLivechat", (0, 66, 0), Produce::Rooms(|rooms| rooms.livechat)),
    since("totalDiscussions", (1, 0, 0), Counted),
    since("totalThreads", (1, 0, 0), Counted),
    since("totalLivechatVisitors", (0, 70, 0), Counted),
    since("totalLivechatAgents", (0, 74, 0), Counted),
    since("totalLivechatManagers", (6, 0, 0), Counted),
    since("livechatEnabled", (0, 74, 0), Kept),
    since("omnichannelSources", (4, 2, 0), Scaled),
    since("totalLivechatRoomsWithDepartment", (7, 11, 0), Counted),
    since("departments", (4, 6, 0), Counted),
    since("archivedDepartments", (6, 0, 0), Counted),
    since("isDepartmentRemovalEnabled", (6, 0, 0), Kept),
    since("totalTriggers", (6, 0, 0), Counted),
    since("totalCustomFields", (6, 0, 0), Counted),
    since("totalLivechatPublicCustomFields", (6, 8, 0), Counted),
    since("livechatAutomaticForwardingUnansweredChats", (6, 8, 0), Kept),
    since("routingAlgorithm", (4, 6, 0), Kept),
    since("onHoldEnabled", (4, 6, 0), Kept),
    since("emailInboxes", (4, 6, 0), Counted),
    since("BusinessHours", (4, 6, 0), Kept),
    since("lastChattedAgentPreferred", (4, 6, 0), Kept),
    since("assignNewConversationsToContactManager", (4, 6, 0), Kept),
    since("visitorAbandonment", (4, 6, 0), Kept),
    since("chatsOnHold", (4, 6, 0), Counted),
    between("voipEnabled", (4, 6, 0), (8, 0, 0), Kept),
    between("voipCalls", (4, 6, 0), (8, 0, 0), Counted),
    between("voipExtensions", (4, 6, 0), (8, 0, 0), Counted),
    between("voipSuccessfulCalls", (4, 6, 0), (8, 0, 0), Counted),
    between("voipErrorCalls", (4, 6, 0), (8, 0, 0), Counted),
    between("voipOnHoldCalls", (4, 6, 0), (8, 0, 0), Counted),
    since("omnichannelContactsBySource", (6, 5, 0), Contacts),
    since("uniqueContactsOfLastMonth", (6, 5, 0), Contacts),
    since("uniqueContactsOfLastWeek", (6, 5, 0), Contacts),
    since("uniqueContactsOfYesterday", (6, 5, 0), Contacts),
    until("totalMessages", (3, 1, 0), Produce::Messages(|messages| messages.total)),
    always("totalChannelMessages", Produce::Messages(|messages| messages.channels)),
    always("totalPrivateGroupMessages", Produce::Messages(|messages| messages.groups)),
    since("totalDiscussionsMessages", (6, 5, 0), Produce::Messages(|messages| messages.discussions)),
    always("totalDirectMessages", Produce::Messages(|messages| messages.direct)),
    always("totalLivechatMessages", Produce::Messages(|messages| messages.livechat)),
    since("totalMessages", (3, 1, 0), Produce::Messages(|messages| messages.total)),
    between("federatedServers", (1, 3, 0), (8, 2, 0), Counted),
    between("federatedServersActive", (1, 3, 0), (2, 0, 0), Counted),
    between("federatedUsers", (1, 3, 0), (8, 2, 0), Counted),
    always("lastLogin", LastLogin),
    always("lastMessageSentAt", LastMessage),
    always("lastSeenSubscription", LastSeen),
    always("os", Os),
    always("process", Process),
    since("deploy", (0, 55, 0), Deploy),
    since("readReceiptsEnabled", (3, 18, 0), Kept),
    since("readReceiptsDetailed", (3, 18, 0), Kept),
    since("enterpriseReady", (3, 1, 0), Kept),
    since("uploadsTotal", (0, 74, 0), Counted),
    since("uploadsTotalSize", (0, 74, 0), Counted),
    since("fileStoreType", (7, 11, 0), Kept),
    always("migration", Migration),
    always("instanceCount", Instances),
    since("msEnabled", (5, 2, 0), Kept),
    always("oplogEnabled", ChangeWatcher),
    since("mongoVersion", (0, 73, 1), Kept),
    since("mongoStorageEngine", (1, 0, 0), Kept),
    since("uniqueUsersOfYesterday", (0, 74, 1), UniqueUsers),
    since("uniqueUsersOfLastWeek", (3, 10, 0), UniqueUsers),
    since("uniqueUsersOfLastMonth", (0, 74, 1), UniqueUsers),
    since("uniqueDevicesOfYesterday", (0, 74, 1), UniqueClients),
    since("uniqueDevicesOfLastWeek", (3, 10, 0), UniqueClients),
    since("uniqueDevicesOfLastMonth", (1, 0, 3), UniqueClients),
    since("uniqueOSOfYesterday", (0, 74, 1), UniqueClients),
    since("uniqueOSOfLastWeek", (3, 10, 0), UniqueClients),
    since("uniqueOSOfLastMonth", (1, 0, 3), UniqueClients),
    since("apps", (1, 3, 0), Apps),
    since("services", (3, 17, 0), Scaled),
    since("importer", (4, 8, 0), Scaled),
    since("videoConf", (5, 0, 0), Scaled),
    since("dashboardCount", (4, 6, 0), Counter),
    since("messageAuditApply", (4, 6, 0), Counter),
    since("messageAuditLoad", (4, 6, 0), Counter),
    since("joinJitsiButton", (4, 6, 0), Counter),
    since("slashCommandsJitsi", (4, 6, 0), Counter),
    between("totalOTRRooms", (4, 6, 0), (8, 0, 0), Counted),
    between("totalOTR", (4, 6, 0), (8, 0, 0), Counted),
    since("settings", (4, 4, 0), Kept),
    since("totalBroadcastRooms", (5, 0, 0), Counted),
    between("totalRoomsWithActiveLivestream", (5, 0, 0), (6, 12, 0), Counted),
    since("totalTriggeredEmails", (5, 0, 0), Counter),
    between("integrations", (1, 3, 0), (4, 6, 0), Integrations),
    since("pushQueue", (3, 1, 0), Kept),
    since("integrations", (4, 6, 0), Integrations),
    since("enterprise", (3, 8, 0), Kept),
    between("teams", (3, 13, 0), (4, 6, 0), Scaled),
    since("teams", (4, 8, 0), Scaled),
    since("totalRoomsWithStarred", (4, 8, 0), Counted),
    since("totalRoomsWithPinned", (4, 8, 0), Counted),
    since("totalUserTOTP", (4, 8, 0), Counted),
    since("totalUserEmail2fa", (4, 8, 0), Counted),
    since("totalPinned", (4, 8, 0), Counted),
    since("totalStarred", (4, 8, 0), Counted),
    since("totalLinkInvitation", (4, 8, 0), Counted),
    since("totalLinkInvitationUses", (4, 8, 0), Counted),
    since("totalEmailInvitation", (4, 8, 0), Counter),
    since("totalE2ERooms", (4, 8, 0), Counted),
    since("logoChange", (4, 8, 0), Kept),
    since("showHomeButton", (4, 8, 0), Kept),
    since("totalEncryptedMessages", (4, 8, 0), Counted),
    since("totalManuallyAddedUsers", (4, 8, 0), Counter),
    since("totalSubscriptionRoles", (5, 0, 0), Counted),
    since("totalUserRoles", (5, 0, 0), Counted),
    since("totalCustomRoles", (6, 1, 0), Counted),
    since("totalWebRTCCalls", (5, 0, 0), Counter),
    since("uncaughtExceptionsCount", (5, 0, 0), Counter),
    since("push", (6, 5, 0), Kept),
    since("pushSecured", (6, 8, 0), Kept),
    since("homeTitleChanged", (4, 8, 0), Kept),
    since("homeBodyChanged", (5, 0, 0), Kept),
    since("customCSSChanged", (5, 0, 0), Kept),
    since("onLogoutCustomScriptChanged", (5, 0, 0), Kept),
    since("loggedOutCustomScriptChanged", (5, 0, 0), Kept),
    since("loggedInCustomScriptChanged", (5, 0, 0), Kept),
    since("dailyPeakConnections", (6, 5, 0), DailyPeak),
    since("maxMonthlyPeakConnections", (6, 5, 0), Counter),
    between("matrixBridgeEnabled", (5, 0, 0), (5, 3, 0), Kept),
    since("matrixFederation", (5, 3, 0), Kept),
    between("webRTCEnabled", (6, 0, 0), (8, 0, 0), Kept),
    between("webRTCEnabledForOmnichannel", (6, 0, 0), (8, 0, 0), Kept),
    between("omnichannelWebRTCCalls", (6, 0, 0), (8, 0, 0), Counted),
    since("contactVerification", (7, 2, 0), ContactVerification),
    since("abacEnabled", (8, 0, 0), Kept),
    since("abacTotalAttributes", (8, 0, 0), Counted),
    since("abacTotalAttributeValues", (8, 0, 0), Counted),
    since("abacRoomsEnrolled", (8, 0, 0), Counted),
    between("allowUnsafeQueryAndFieldsApiParamsEnabled", (8, 1, 0), (9, 0, 0), Kept),
    since("fips", (8, 7, 0), Kept),
    always("createdAt", CreatedAt),
    always("_updatedAt", UpdatedAt),
    since("statsToken", (6, 5, 0), StatsToken),
];

/// A field inside a field that not every version with the outer field writes.
#[derive(Debug)]
struct Nested {
    outer: &'static str,
    inner: &'static str,
    since: Option<Release>,
    until: Option<Release>,
}

const fn inner(outer: &'static str, inner: &'static str, since: Option<Release>, until: Option<Release>) -> Nested {
    Nested { outer, inner, since, until }
}

/// The exceptions among fields inside fields; what is not named here comes and goes with its outer field.
static NESTED: &[Nested] = &[
    inner("wizard", "organizationName", None, Some((1, 3, 0))),
    inner("wizard", "website", None, Some((1, 3, 0))),
    inner("wizard", "siteName", None, Some((1, 3, 0))),
    inner("wizard", "allowMarketingEmails", Some((0, 67, 0)), Some((1, 3, 0))),
    inner("wizard", "contactName", Some((0, 71, 0)), Some((1, 3, 0))),
    inner("wizard", "contactEmail", Some((0, 71, 0)), Some((1, 3, 0))),
    inner("wizard", "registerServer", Some((1, 0, 0)), None),
    inner("migration", "_updatedAt", Some((6, 0, 0)), None),
    inner("apps", "enabled", None, Some((6, 0, 0))),
    inner("apps", "totalFailed", Some((3, 8, 0)), None),
    inner("apps", "totalPrivateApps", Some((7, 11, 0)), None),
    inner("apps", "totalPrivateAppsEnabled", Some((7, 11, 0)), None),
    inner("enterprise", "seatRequests", Some((4, 0, 0)), None),
    inner("teams", "teamStats", None, Some((4, 6, 0))),
    inner("teams", "totalRoomsInsideTeams", Some((4, 8, 0)), None),
    inner("teams", "totalDefaultRoomsInsideTeams", Some((4, 8, 0)), None),
    inner("settings", "otr", None, Some((8, 0, 0))),
    inner("matrixFederation", "maximumSizeOfPublicRoomsUsers", Some((6, 5, 0)), None),
    inner("matrixFederation", "biggestRoom", Some((6, 5, 0)), None),
    inner("matrixFederation", "smallestRoom", Some((6, 5, 0)), None),
    inner("matrixFederation", "amountOfExternalUsers", Some((6, 5, 0)), None),
    inner("matrixFederation", "amountOfFederatedRooms", Some((6, 5, 0)), None),
    inner("matrixFederation", "externalConnectedServers", Some((6, 5, 0)), None),
];

/// Whether a server of this version writes the field `inner` of the field `outer`.
pub(super) fn is_nested_written_by(outer: &str, inner: &str, version: &Version) -> bool {
    NESTED
        .iter()
        .filter(|nested| nested.outer == outer && nested.inner == inner)
        .all(|nested| written(nested.since, nested.until, version))
}
