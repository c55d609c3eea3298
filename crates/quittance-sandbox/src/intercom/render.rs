//! The workspace's objects as Intercom writes them in version 2.16.

mod conversation;

use serde_json::{Value, json};

pub(super) use self::conversation::{
    Around, Bodies, Shown, applied, conversation, last_replies, source_type,
};
use super::options::{Options, Team, Teammate};
use super::state::{Contact, DataAttribute, Tag};

/// A contact.
pub(super) fn contact(contact: &Contact, workspace: &str) -> Value {
    let list = |name: &str| {
        json!({
            "type": "list",
            "data": [],
            "url": format!("/contacts/{}/{name}", contact.id),
            "total_count": 0,
            "has_more": false,
        })
    };
    let email = contact.email.clone().unwrap_or_default();
    let domain = email.split_once('@').map(|(_, domain)| domain.to_owned()).unwrap_or_default();
    json!({
        "type": "contact",
        "id": contact.id,
        "workspace_id": workspace,
        "external_id": contact.external_id,
        "role": contact.role.name(),
        "email": email,
        "email_domain": domain,
        "phone": contact.phone,
        "name": contact.name,
        "avatar": contact.avatar.as_ref().map(|url| json!({ "type": "avatar", "image_url": url })),
        "owner_id": contact.owner_id,
        "social_profiles": { "type": "list", "data": [] },
        "has_hard_bounced": false,
        "marked_email_as_spam": false,
        "unsubscribed_from_emails": contact.is_unsubscribed,
        "created_at": contact.created_at,
        "updated_at": contact.updated_at,
        "signed_up_at": contact.signed_up_at,
        "last_seen_at": contact.last_seen_at,
        "last_replied_at": contact.last_replied_at,
        "last_contacted_at": contact.last_contacted_at,
        "last_email_opened_at": null,
        "last_email_clicked_at": null,
        "language_override": contact.language,
        "browser": null,
        "browser_version": null,
        "browser_language": null,
        "os": null,
        "location": { "type": "location", "country": null, "region": null, "city": null },
        "android_app_name": null,
        "android_last_seen_at": null,
        "ios_app_name": null,
        "ios_last_seen_at": null,
        "custom_attributes": contact.custom_attributes,
        "tags": list("tags"),
        "notes": list("notes"),
        "companies": list("companies"),
    })
}

/// A tag of the workspace.
pub(super) fn tag(tag: &Tag) -> Value {
    json!({ "type": "tag", "id": tag.id.to_string(), "name": tag.name })
}

/// A teammate in a list.
pub(super) fn teammate(options: &Options, teammate: &Teammate) -> Value {
    let teams = options.teams.iter().filter(|team| team.members.contains(&teammate.id));
    json!({
        "type": "admin",
        "id": teammate.id.to_string(),
        "name": teammate.name,
        "email": teammate.email,
        "away_mode_enabled": false,
        "away_mode_reassign": false,
        "has_inbox_seat": teammate.has_inbox_seat,
        "team_ids": teams.map(|team| team.id).collect::<Vec<_>>(),
    })
}

/// A team.
pub(super) fn team(team: &Team) -> Value {
    json!({
        "type": "team",
        "id": team.id.to_string(),
        "name": team.name,
        "admin_ids": team.members,
        "distribution_method": "manual",
        "assignment_limit": null,
    })
}

/// The token's owner and the workspace.
pub(super) fn me(options: &Options, created_at: i64) -> Value {
    let mut written = teammate(options, &options.admin);
    if let Some(written) = written.as_object_mut() {
        written.insert("email_verified".to_owned(), json!(true));
        written.insert("avatar".to_owned(), json!({ "type": "avatar", "image_url": null }));
        let app = json!({
            "type": "app",
            "id_code": options.workspace_id,
            "name": options.workspace_name,
            "created_at": created_at,
            "secure": options.identity_verification,
            "identity_verification": options.identity_verification,
            "timezone": "UTC",
            "region": options.region,
        });
        written.insert("app".to_owned(), app);
    }
    written
}

/// The definition of a contact's attribute.
pub(super) fn data_attribute(attribute: &DataAttribute, admin: u64) -> Value {
    let mut written = json!({
        "type": "data_attribute",
        "id": attribute.id,
        "model": attribute.model,
        "name": attribute.name,
        "full_name": format!("custom_attributes.{}", attribute.name),
        "label": attribute.name,
        "data_type": attribute.data_type,
        "api_writable": true,
        "messenger_writable": attribute.is_messenger_writable,
        "ui_writable": true,
        "custom": true,
        "archived": false,
        "created_at": attribute.created_at,
        "updated_at": attribute.created_at,
        "admin_id": admin.to_string(),
    });
    if let Some(written) = written.as_object_mut() {
        if let Some(description) = &attribute.description {
            written.insert("description".to_owned(), json!(description));
        }
        if !attribute.options.is_empty() {
            written.insert("options".to_owned(), json!(attribute.options));
        }
    }
    written
}
