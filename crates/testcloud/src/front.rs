//! A front door before a whole cloud: lets through, cuts, loses, garbles and slows down answers as a test asks, and
//! measures what the cloud itself takes.
//!
//! It begins before the identity service. The catalogue that comes with a token names the other services; there the
//! door puts doors of its own into the answer, so that every call passes through it.

use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What becomes of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Pass,
    /// The connection is closed and the cloud never hears of it.
    Drop,
    /// The cloud does what it was asked and its answer is lost.
    Lose,
    /// Half of the answer comes.
    Cut,
    /// An answer comes that is no JSON.
    Garble,
    /// The answer comes late.
    Slow(Duration),
}

/// 天气: how often a request fares badly, of a thousand, and how slow a slow answer is at most.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    pub bad_per_mille: u32,
    pub slow_max: Duration,
}

#[derive(Default)]
struct State {
    next: VecDeque<Fate>,
    always: Option<Fate>,
    weather: Option<(Weather, ChaCha8Rng)>,
    /// Doors by the address they stand before.
    doors: HashMap<String, String>,
    tokens: Vec<String>,
    seen: usize,
    harmed: usize,
    clouds_own: Duration,
}

impl State {
    fn fate(&mut self) -> Fate {
        self.seen += 1;
        let fate = self.always.or_else(|| self.next.pop_front()).unwrap_or_else(|| self.by_weather());
        self.harmed += usize::from(fate != Fate::Pass);
        fate
    }

    fn by_weather(&mut self) -> Fate {
        let Some((weather, random)) = &mut self.weather else { return Fate::Pass };
        if random.random_range(0..1000) >= weather.bad_per_mille {
            return Fate::Pass;
        }
        match random.random_range(0..5) {
            0 => Fate::Drop,
            1 => Fate::Lose,
            2 => Fate::Cut,
            3 => Fate::Garble,
            _ => Fate::Slow(weather.slow_max.mul_f64(random.random())),
        }
    }
}

/// The door; ends with the runtime.
#[derive(Clone)]
pub struct Front {
    state: Arc<Mutex<State>>,
    /// Where to send requests, with the path of the original address.
    pub url: String,
}

impl Front {
    /// Before `upstream`, e.g. `http://127.0.0.1:5000/v3`, and all services it names.
    pub async fn before(upstream: &str) -> Self {
        let rest = upstream.strip_prefix("http://").expect("a plain address");
        let (host, path) = rest.split_once('/').map_or((rest, ""), |(host, path)| (host, path));
        let state = Arc::new(Mutex::new(State::default()));
        let door = door(host.to_owned(), state.clone()).await;
        Self { state, url: format!("http://{door}/{path}") }
    }

    /// The next requests fare so, those after them pass.
    pub fn next(&self, fates: &[Fate]) {
        self.state.lock().unwrap().next.extend(fates);
    }

    /// All requests fare so from now on.
    pub fn always(&self, fate: Fate) {
        self.state.lock().unwrap().always = Some(fate);
    }

    /// From now on requests fare by chance; the same seed, the same chances. `None`: all pass.
    pub fn weather(&self, weather: Option<Weather>, seed: u64) {
        self.state.lock().unwrap().weather = weather.map(|weather| (weather, ChaCha8Rng::seed_from_u64(seed)));
    }

    /// Every token that was handed out.
    pub fn tokens(&self) -> Vec<String> {
        self.state.lock().unwrap().tokens.clone()
    }

    /// How many requests came.
    pub fn seen(&self) -> usize {
        self.state.lock().unwrap().seen
    }

    /// How many of them did not simply pass.
    pub fn harmed(&self) -> usize {
        self.state.lock().unwrap().harmed
    }

    /// What the cloud itself took over all of them: from the connection to the last byte.
    pub fn clouds_own(&self) -> Duration {
        self.state.lock().unwrap().clouds_own
    }
}

/// Opens a door before `host` and answers where it is. Boxed: what passes through a door may open another.
fn door(host: String, state: Arc<Mutex<State>>) -> Pin<Box<dyn Future<Output = String> + Send>> {
    Box::pin(async move {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("an address").to_string();
        state.lock().unwrap().doors.insert(host.clone(), at.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, host.clone(), state.clone()));
            }
        });
        at
    })
}

async fn serve(mut client: TcpStream, host: String, state: Arc<Mutex<State>>) {
    let Some(request) = read_request(&mut client).await else { return };
    let fate = state.lock().unwrap().fate();
    match fate {
        Fate::Drop => return,
        Fate::Garble => {
            let _ =
                client.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\n{\"tok\":").await;
            return;
        }
        Fate::Pass | Fate::Lose | Fate::Cut | Fate::Slow(_) => {}
    }
    let Some(mut answer) = ask(&host, &request, &state).await else { return };
    if let Some(token) = header(&answer, "x-subject-token") {
        state.lock().unwrap().tokens.push(token);
        answer = with_doors(&answer, &state).await;
    }
    let whole = match fate {
        Fate::Lose => return,
        Fate::Cut => answer.len().saturating_sub(20),
        Fate::Slow(pause) => {
            tokio::time::sleep(pause).await;
            answer.len()
        }
        _ => answer.len(),
    };
    let _ = client.write_all(&answer[..whole]).await;
}

/// The cloud's own answer, whole. `None` where it gave none.
async fn ask(host: &str, request: &[u8], state: &Mutex<State>) -> Option<Vec<u8>> {
    let begun = Instant::now();
    let mut upstream = TcpStream::connect(host).await.ok()?;
    let mut answer = Vec::new();
    upstream.write_all(request).await.ok()?;
    upstream.read_to_end(&mut answer).await.ok()?;
    state.lock().unwrap().clouds_own += begun.elapsed();
    (!answer.is_empty()).then_some(answer)
}

/// The answer with a door in place of every service's address.
async fn with_doors(answer: &[u8], state: &Arc<Mutex<State>>) -> Vec<u8> {
    let Some(end) = end_of_head(answer) else { return answer.to_vec() };
    let mut body = String::from_utf8_lossy(&answer[end + 4..]).into_owned();
    for host in hosts(&body) {
        let known = state.lock().unwrap().doors.get(&host).cloned();
        let door = match known {
            Some(door) => door,
            None => door(host.clone(), state.clone()).await,
        };
        body = body.replace(&format!("http://{host}/"), &format!("http://{door}/"));
        body = body.replace(&format!("http://{host}\""), &format!("http://{door}\""));
    }
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let lines = head.split("\r\n").filter(|line| !line.to_ascii_lowercase().starts_with("content-length:"));
    let head = lines.collect::<Vec<_>>().join("\r\n");
    format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// `host:port` of every plain address in a text, each once.
fn hosts(text: &str) -> Vec<String> {
    let mut hosts: Vec<String> = text
        .split("http://")
        .skip(1)
        .filter_map(|rest| rest.split(['/', '"']).next().map(str::to_owned))
        .filter(|host| host.contains(':'))
        .collect();
    hosts.sort();
    hosts.dedup();
    hosts
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n")
}

fn header(answer: &[u8], name: &str) -> Option<String> {
    let head = String::from_utf8_lossy(&answer[..end_of_head(answer)?]).into_owned();
    let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")))?;
    line.split_once(':').map(|(_, value)| value.trim().to_owned())
}

/// Head and body of one request; `None` where the client went away.
async fn read_request(client: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut piece = [0_u8; 4096];
    loop {
        if let Some(end) = end_of_head(&bytes) {
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
