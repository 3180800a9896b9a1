//! What every handler can reach.

use app::App;

/// The running system and how this server stands in the network.
#[derive(Clone)]
pub struct AppState {
    pub app: App,
    /// A TLS-terminating proxy stands in front: cookies are `Secure`, HSTS is sent, and the proxy's
    /// `X-Forwarded-For` names the client.
    pub behind_tls: bool,
}

impl axum::extract::FromRef<AppState> for App {
    fn from_ref(state: &AppState) -> Self {
        state.app.clone()
    }
}
