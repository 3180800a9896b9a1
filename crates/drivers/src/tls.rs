//! TLS towards clouds: rustls with *ring*, which compiles in seconds where the default provider takes minutes.

/// Makes *ring* the provider of this process. Before the first client is built; later calls change nothing.
pub fn provide() {
    // Refused where one is provided already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
