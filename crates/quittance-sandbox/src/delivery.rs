//! A signed webhook on its way out. The stand-ins hand these over on a channel; whoever runs a
//! stand-in decides when, how often and in which order they arrive.

/// One webhook request, ready to be posted: the headers belong to exactly these bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The webhook's id, as its body gives it: one that comes twice has the same.
    pub id: String,
    /// Where an endpoint registered through the API wants it; `None` is the default endpoint.
    pub url: Option<String>,
    /// Names and values, the signature among them.
    pub headers: Vec<(String, String)>,
    /// The raw body that was signed.
    pub body: Vec<u8>,
}

/// The receiving end of a stand-in's webhooks.
pub type Deliveries = tokio::sync::mpsc::UnboundedReceiver<Delivery>;
