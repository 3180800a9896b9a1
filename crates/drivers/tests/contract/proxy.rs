//! A small proxy before the identity service that lets through, cuts, garbles and drops answers as a test asks.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What becomes of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Pass,
    /// The connection is closed without an answer.
    Drop,
    /// Half of the answer comes.
    Cut,
    /// An answer comes that is no JSON.
    Garble,
}

#[derive(Default)]
struct State {
    next: VecDeque<Fate>,
    always: Option<Fate>,
    tokens: Vec<String>,
    seen: usize,
}

/// The proxy; ends with the runtime.
#[derive(Clone)]
pub struct Proxy {
    state: Arc<Mutex<State>>,
    /// Where to send requests, with the path of the original address.
    pub url: String,
}

impl Proxy {
    /// Before `upstream`, e.g. `http://127.0.0.1:5000/v3`.
    pub async fn before(upstream: &str) -> Self {
        let rest = upstream.strip_prefix("http://").expect("a plain address");
        let (host, path) = rest.split_once('/').map_or((rest, ""), |(host, path)| (host, path));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/{path}", listener.local_addr().expect("an address"));
        let state = Arc::new(Mutex::new(State::default()));
        let (shared, host) = (state.clone(), host.to_owned());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, host.clone(), shared.clone()));
            }
        });
        Self { state, url }
    }

    /// The next requests fare so, those after them pass.
    pub fn next(&self, fates: &[Fate]) {
        self.state.lock().unwrap().next.extend(fates);
    }

    /// All requests fare so from now on.
    pub fn always(&self, fate: Fate) {
        self.state.lock().unwrap().always = Some(fate);
    }

    /// Every token that was handed out.
    pub fn tokens(&self) -> Vec<String> {
        self.state.lock().unwrap().tokens.clone()
    }

    /// How many requests came.
    pub fn seen(&self) -> usize {
        self.state.lock().unwrap().seen
    }
}

async fn serve(mut client: TcpStream, host: String, state: Arc<Mutex<State>>) {
    let Some(request) = read_request(&mut client).await else { return };
    let fate = {
        let mut state = state.lock().unwrap();
        state.seen += 1;
        state.always.or_else(|| state.next.pop_front()).unwrap_or(Fate::Pass)
    };
    if fate == Fate::Drop {
        return;
    }
    if fate == Fate::Garble {
        let _ = client.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\n{\"tok\":").await;
        return;
    }
    let Ok(mut upstream) = TcpStream::connect(&host).await else { return };
    let mut answer = Vec::new();
    if upstream.write_all(&request).await.is_err() || upstream.read_to_end(&mut answer).await.is_err() {
        return;
    }
    let head = String::from_utf8_lossy(&answer[..answer.len().min(8192)]).into_owned();
    let token = head.lines().find(|line| line.to_ascii_lowercase().starts_with("x-subject-token:"));
    if let Some(token) = token.and_then(|line| line.split_once(':')) {
        state.lock().unwrap().tokens.push(token.1.trim().to_owned());
    }
    let whole = if fate == Fate::Cut { answer.len() - 20 } else { answer.len() };
    let _ = client.write_all(&answer[..whole]).await;
}

/// Head and body of one request; `None` where the client went away.
async fn read_request(client: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut piece = [0_u8; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
            if bytes.len() >= end + 4 + length.unwrap_or(0) {
                // The upstream is asked to close, so that its answer ends.
                let text = String::from_utf8_lossy(&bytes[..end]).replacen("\r\n", "\r\nConnection: close\r\n", 1);
                return Some([text.as_bytes(), &bytes[end..]].concat());
            }
        }
        match client.read(&mut piece).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&piece[..count]),
        }
    }
}
