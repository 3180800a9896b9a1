//! The listening server: from a bound socket to its orderly end.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::router;
use crate::state::AppState;

/// How long open requests may take to end after the signal to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Serves until `stop` resolves, then lets open requests end.
pub async fn serve(
    listener: TcpListener,
    state: AppState,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let service = router::router(state).into_make_service_with_connect_info::<SocketAddr>();
    let (tell, mut told) = tokio::sync::watch::channel(false);
    let graceful = axum::serve(listener, service).with_graceful_shutdown(async move {
        stop.await;
        let _ = tell.send(true);
    });
    tokio::select! {
        ended = graceful.into_future() => ended,
        () = async {
            let _ = told.wait_for(|stopping| *stopping).await;
            tokio::time::sleep(GRACE).await;
        } => {
            tracing::warn!("some requests did not end in time and are cut off");
            Ok(())
        }
    }
}

/// Resolves at SIGTERM or Ctrl-C.
pub async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
