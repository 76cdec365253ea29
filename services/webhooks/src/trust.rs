//! Whom a receiver's certificate may be from.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// Certificate authorities.
#[derive(Clone, Debug)]
pub struct Trust(RootCertStore);

/// The text holds no certificate, or one that can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAuthorities {
    /// No certificate.
    #[error("holds no certificate in PEM")]
    Empty,
    /// One that is none.
    #[error("holds a certificate that can't be read: {0}")]
    Unreadable(String),
}

impl Trust {
    /// Trusts the authorities of this machine.
    #[must_use]
    pub fn of_machine() -> Self {
        let mut authorities = RootCertStore::empty();
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            tracing::warn!(%error, "certificate authorities of this machine can't be read");
        }
        authorities.add_parsable_certificates(found.certs);
        Self(authorities)
    }

    /// Trusts those of a PEM text too, such as the authority of a company's own network.
    ///
    /// # Errors
    /// [`BadAuthorities`].
    pub fn and(mut self, pem: &[u8]) -> Result<Self, BadAuthorities> {
        let mut any = false;
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let unreadable = |error: &dyn std::fmt::Display| BadAuthorities::Unreadable(error.to_string());
            let certificate = certificate.map_err(|error| unreadable(&error))?;
            self.0.add(certificate).map_err(|error| unreadable(&error))?;
            any = true;
        }
        if any { Ok(self) } else { Err(BadAuthorities::Empty) }
    }

    /// Returns how calls are encrypted; none where nobody is trusted.
    pub(crate) fn encryption(self) -> Option<ClientConfig> {
        if self.0.is_empty() {
            tracing::warn!("webhooks can't be sent over TLS: there are no certificate authorities");
            return None;
        }
        Some(ClientConfig::builder().with_root_certificates(self.0).with_no_client_auth())
    }
}

#[cfg(test)]
mod tests {
    use super::{BadAuthorities, Trust};

    #[test]
    fn a_file_without_a_certificate_and_one_with_a_broken_one_are_told_apart() {
        assert_eq!(Trust::of_machine().and(b"nothing").err(), Some(BadAuthorities::Empty));
        let broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(matches!(Trust::of_machine().and(broken).err(), Some(BadAuthorities::Unreadable(_))));
    }
}
