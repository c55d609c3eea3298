//! Who the token belongs to. <https://developers.intercom.com/docs/references/rest-api/api.intercom.io/admins/identifyadmin>

use quittance_core::ids::{AdminId, WorkspaceId};
use serde::Deserialize;

use crate::client::Client;
use crate::error::Error;
use crate::wire::WireId;

const REQUEST: &str = "read whose token this is";

/// The teammate behind the token, and the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Me {
    /// The teammate in whose name everything is written.
    pub admin: AdminId,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Whether the workspace uses identity verification: without it, nobody in the Messenger is
    /// surely who they say. The API does not tell whether it is *enforced*.
    pub has_identity_verification: bool,
    /// Whether the teammate has a seat in the inbox, which assigning needs.
    pub has_inbox_seat: bool,
    /// Such as `US`, `EU` or `AU`.
    pub region: Option<String>,
    /// The workspace's time zone, such as `America/Los_Angeles`.
    pub timezone: Option<String>,
}

impl Client {
    /// Reads who the token belongs to.
    pub async fn me(&self) -> Result<Me, Error> {
        let wire: WireMe = self.get(REQUEST, &["me"], &[]).await?;
        wire.me().map_err(|problem| Error::unreadable(REQUEST, problem))
    }
}

#[derive(Deserialize)]
struct WireMe {
    id: WireId,
    #[serde(default)]
    has_inbox_seat: bool,
    app: Option<WireApp>,
}

#[derive(Deserialize)]
struct WireApp {
    id_code: String,
    #[serde(default)]
    identity_verification: bool,
    region: Option<String>,
    timezone: Option<String>,
}

impl WireMe {
    fn me(self) -> Result<Me, String> {
        let app = self.app.ok_or("no workspace")?;
        Ok(Me {
            admin: self.id.read()?,
            workspace: WireId::Text(app.id_code).read()?,
            has_identity_verification: app.identity_verification,
            has_inbox_seat: self.has_inbox_seat,
            region: app.region,
            timezone: app.timezone,
        })
    }
}
