//! How the stand-in workspace is set up.

/// A teammate of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Teammate {
    /// The teammate's id, a whole number.
    pub id: u64,
    /// The name that customers see.
    pub name: String,
    /// The address.
    pub email: String,
    /// Whether the teammate has a paid seat; without one nothing can be assigned to them.
    pub has_inbox_seat: bool,
}

/// A team of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// The team's id, a whole number.
    pub id: u64,
    /// The name.
    pub name: String,
    /// The ids of its members.
    pub members: Vec<u64>,
}

/// How the stand-in workspace is set up.
#[derive(Clone)]
pub struct Options {
    /// The token that requests must carry. Default `intercom-sandbox-token`.
    pub access_token: String,
    /// The app's secret, which signs webhooks. Default `intercom-sandbox-secret`.
    pub client_secret: String,
    /// The workspace. Default `sandbox1`.
    pub workspace_id: String,
    /// Its name. Default `Acme`.
    pub workspace_name: String,
    /// `US`, `EU` or `AU`. Default `US`.
    pub region: String,
    /// Whether the Messenger refuses users that the workspace's server did not sign. Default yes.
    pub identity_verification: bool,
    /// The owner of the token. Default `Quittance`, 9001.
    pub admin: Teammate,
    /// The other teammates. Default Ana (9002), Ben (9003) and Cleo (9004, without a seat).
    pub teammates: Vec<Teammate>,
    /// The teams. Default `Billing`, 7001.
    pub teams: Vec<Team>,
    /// Marks parts that this app made. Default `quittance-sandbox`.
    pub app_package_code: String,
    /// Where webhooks should go. Default nowhere: whoever delivers them knows.
    pub webhook_url: Option<String>,
    /// The topics that are subscribed. Default every topic the stand-in knows.
    pub topics: Vec<String>,
    /// How many requests each ten seconds may bring. Default 1,666, as at Intercom.
    pub requests_per_window: u64,
    /// How long a new contact and a conversation that has changed stay invisible to searches, in
    /// seconds. Default 0; at Intercom it can be minutes.
    pub search_delay_s: i64,
}

/// Every topic that the stand-in sends.
pub const TOPICS: [&str; 18] = [
    "contact.lead.created",
    "contact.lead.updated",
    "contact.merged",
    "contact.user.created",
    "contact.user.updated",
    "conversation.admin.assigned",
    "conversation.admin.closed",
    "conversation.admin.noted",
    "conversation.admin.open.assigned",
    "conversation.admin.opened",
    "conversation.admin.replied",
    "conversation.admin.snoozed",
    "conversation.admin.unsnoozed",
    "conversation.operator.replied",
    "conversation.read",
    "conversation.user.created",
    "conversation.user.replied",
    "ping",
];

impl Default for Options {
    fn default() -> Self {
        let teammate = |id, name: &str, has_inbox_seat| Teammate {
            id,
            name: name.to_owned(),
            email: format!("{}@acme.example", name.to_lowercase()),
            has_inbox_seat,
        };
        Self {
            access_token: "intercom-sandbox-token".to_owned(),
            client_secret: "intercom-sandbox-secret".to_owned(),
            workspace_id: "sandbox1".to_owned(),
            workspace_name: "Acme".to_owned(),
            region: "US".to_owned(),
            identity_verification: true,
            admin: teammate(9_001, "Quittance", true),
            teammates: vec![
                teammate(9_002, "Ana", true),
                teammate(9_003, "Ben", true),
                teammate(9_004, "Cleo", false),
            ],
            teams: vec![Team {
                id: 7_001,
                name: "Billing".to_owned(),
                members: vec![9_002, 9_003],
            }],
            app_package_code: "quittance-sandbox".to_owned(),
            webhook_url: None,
            topics: TOPICS.map(str::to_owned).to_vec(),
            requests_per_window: 1_666,
            search_delay_s: 0,
        }
    }
}

impl Options {
    /// Everybody who can be `admin_id`.
    pub(super) fn admins(&self) -> impl Iterator<Item = &Teammate> {
        std::iter::once(&self.admin).chain(&self.teammates)
    }

    /// The teammate with this id.
    pub(super) fn teammate(&self, id: u64) -> Option<&Teammate> {
        self.admins().find(|teammate| teammate.id == id)
    }
}
