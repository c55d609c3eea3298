//! Where a server is.

use reqwest::Url;

/// Reads a server's address. Fails with what is wrong: what is sent there carries a secret, so it is
/// `https`, or a server on this machine.
pub fn base_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("not an address: {error}"))?;
    let is_local = match url.host_str() {
        None => return Err("has no host".to_owned()),
        Some(host) => matches!(host, "localhost" | "127.0.0.1" | "[::1]"),
    };
    match url.scheme() {
        "https" => {}
        "http" if is_local => {}
        "http" => return Err("must begin with https:// so that the secret stays one".to_owned()),
        scheme => return Err(format!("must begin with https://, not {scheme}://")),
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err("must be a plain address such as https://api.example.com".to_owned());
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_and_safe_addresses_are_taken() {
        for good in ["https://api.example.com", "https://a.example/base/", "http://127.0.0.1:80"] {
            assert!(base_url(good).is_ok(), "{good}");
        }
        for bad in [
            "api",
            "http://api.example.com",
            "ftp://a.example",
            "https://me@a.example",
            "https://a.example?x",
        ] {
            assert!(base_url(bad).is_err(), "{bad}");
        }
    }
}
