//! Load on the mock beside a bare actix-web server that returns the same bytes.
//!
//! `cargo bench -p mock-server --bench load` runs every scenario in interleaved rounds and prints, for each of the two servers, requests
//! per second, p50 and p99 latency and CPU time per request, and their ratios. The CPU ratio (bare / mock) is the one to
//! compare: it hardly moves with what else the machine does. Arguments after `--`: a scenario's name, `--rounds N`,
//! `--seconds N`, `--million` for the scenario with 1,000,000 records.
//!
//! Each server is a process of its own with one worker: this program starts itself again with `serve …`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::exit,
    missing_docs,
    reason = "a benchmark reports to the terminal and may stop at the first surprise"
)]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures are rounded for reading"
)]

use std::cell::{Cell, RefCell};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use actix_rt::net::TcpStream;
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpResponse, HttpServer};
use mock_server::SeedName;
use mock_server::{Config, MockServer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const CONNECTIONS: usize = 64;

/// One kind of request against one size of collection.
struct Scenario {
    name: &'static str,
    records: usize,
    /// Query string; `{offset}` becomes a pseudo-random offset below the number of records.
    query: &'static str,
    target: f64,
}

const SCENARIOS: &[Scenario] = &[
    Scenario { name: "documented-record", records: 1, query: "", target: 0.85 },
    Scenario { name: "default-page", records: 1_000, query: "", target: 0.80 },
    Scenario { name: "sort", records: 1_000, query: "sort=%7B%22createdAt%22:-1%7D", target: 0.75 },
    Scenario {
        name: "sort-100k",
        records: 100_000,
        query: "sort=%7B%22createdAt%22:-1%7D&offset={offset}",
        target: 0.60,
    },
    Scenario { name: "fields", records: 1_000, query: "fields=%7B%22version%22:1,%22totalUsers%22:1%7D", target: 0.30 },
    Scenario { name: "query", records: 1_000, query: "query=%7B%22totalUsers%22:%7B%22$gt%22:40%7D%7D", target: 0.20 },
    Scenario {
        name: "million",
        records: 1_000_000,
        query: "sort=%7B%22createdAt%22:-1%7D&offset={offset}",
        target: 0.50,
    },
];

struct Options {
    only: Option<String>,
    rounds: usize,
    seconds: f64,
    million: bool,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("serve-mock") => serve_mock(arguments[1].parse().unwrap()),
        Some("serve-bare") => serve_bare(),
        _ => compare(&options(&arguments)),
    }
}

fn options(arguments: &[String]) -> Options {
    let mut options = Options { only: None, rounds: 5, seconds: 2.0, million: false };
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--rounds" => options.rounds = arguments.next().unwrap().parse().unwrap(),
            "--seconds" => options.seconds = arguments.next().unwrap().parse().unwrap(),
            "--million" => options.million = true,
            // Cargo adds it to every benchmark.
            "--bench" => {}
            name => options.only = Some(name.to_owned()),
        }
    }
    options
}

fn serve_mock(records: usize) {
    let seed_name = if records == 1 { SeedName::Documented } else { SeedName::History };
    let records = (records > 1).then_some(records);
    let server = MockServer::start(Config { seed_name, records, workers: Some(1), ..Config::default() }).unwrap();
    println!("{}", server.address());
    wait_for_parent();
}

/// A bare actix-web server: one route, the bytes it was given on standard input.
fn serve_bare() {
    let mut length = [0; 8];
    std::io::stdin().read_exact(&mut length).unwrap();
    let mut body = vec![0; u64::from_le_bytes(length) as usize];
    std::io::stdin().read_exact(&mut body).unwrap();
    let body = Bytes::from(body);
    actix_rt::System::new().block_on(async move {
        let server = HttpServer::new(move || {
            let body = body.clone();
            App::new().route(
                "/api/v1/statistics.list",
                web::get().to(move || {
                    let body = body.clone();
                    async move { HttpResponse::Ok().content_type("application/json").body(body) }
                }),
            )
        })
        .workers(1)
        .bind("127.0.0.1:0")
        .unwrap();
        println!("{}", server.addrs()[0]);
        std::thread::spawn(wait_for_parent);
        server.run().await.unwrap();
    });
}

/// The parent closes standard input when it is done, or dead.
fn wait_for_parent() {
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).ok();
    std::process::exit(0);
}

struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    fn start(arguments: &[&str], input: Option<&[u8]>) -> Self {
        let program = std::env::current_exe().unwrap();
        // Servers on one processor, the load on the others, where that can be said.
        let pinned = Command::new("taskset").arg("-V").stdout(Stdio::null()).status().is_ok();
        let mut command = if pinned {
            let mut command = Command::new("taskset");
            command.args(["-c", "0"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        let mut process = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        if let Some(input) = input {
            let stdin = process.stdin.as_mut().unwrap();
            stdin.write_all(&(input.len() as u64).to_le_bytes()).unwrap();
            stdin.write_all(input).unwrap();
            stdin.flush().unwrap();
        }
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().parse().expect("the server prints its address first");
        Self { process, address }
    }

    /// CPU time so far, seconds. `None` where `/proc` does not tell.
    fn cpu_seconds(&self) -> Option<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).ok()?;
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
        Some(ticks / 100.0)
    }

    /// Resident memory, MB. `None` where `/proc` does not tell.
    fn resident_mb(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        Some(line.split_whitespace().nth(1)?.parse::<f64>().ok()? / 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        self.process.wait().ok();
    }
}

/// What one round measured.
struct Round {
    per_second: f64,
    cpu_us: f64,
    p50_ms: f64,
    p99_ms: f64,
}

fn request(scenario: &Scenario, credentials: &str, offset: usize) -> Vec<u8> {
    let query = scenario.query.replace("{offset}", &offset.to_string());
    let question = if query.is_empty() { "" } else { "?" };
    format!("GET /api/v1/statistics.list{question}{query} HTTP/1.1\r\nHost: localhost\r\n{credentials}\r\n")
        .into_bytes()
}

fn compare(options: &Options) {
    let mock = MockServer::start(Config::default()).unwrap();
    let identity = mock.identity("admin").unwrap().clone();
    drop(mock);
    let credentials = format!("X-User-Id: {}\r\nX-Auth-Token: {}\r\n", identity.id, identity.token.unwrap());
    println!(
        "{CONNECTIONS} keep-alive connections, {} rounds of {} s each, interleaved; medians, ratios round by round (bare / mock)\n",
        options.rounds, options.seconds
    );
    println!(
        "{:<18} {:>9} {:>9} | {:>10} {:>8} {:>8} {:>8} | {:>10} {:>8} {:>8} {:>8} | {:>9} {:>6} {:>9} {:>8}",
        "scenario",
        "records",
        "body B",
        "mock req/s",
        "p50 ms",
        "p99 ms",
        "CPU us",
        "bare req/s",
        "p50 ms",
        "p99 ms",
        "CPU us",
        "CPU ratio",
        "target",
        "req/s rat",
        "RSS MB"
    );
    for scenario in SCENARIOS {
        let chosen = match &options.only {
            Some(only) => only == scenario.name,
            None => scenario.name != "million" || options.million,
        };
        if chosen {
            run(scenario, &credentials, options);
        }
    }
}

fn run(scenario: &'static Scenario, credentials: &str, options: &Options) {
    let mock = Server::start(&["serve-mock", &scenario.records.to_string()], None);
    let runtime = actix_rt::System::new();
    let body = runtime.block_on(one_answer(mock.address, request(scenario, credentials, scenario.records / 2)));
    let bare = Server::start(&["serve-bare"], Some(&body));

    let round = |server: &Server, seconds: f64| runtime.block_on(load(server, scenario, credentials, seconds));
    round(&mock, 0.5);
    round(&bare, 0.5);
    let rounds: Vec<(Round, Round)> =
        (0..options.rounds).map(|_| (round(&mock, options.seconds), round(&bare, options.seconds))).collect();

    let of = |pick: &dyn Fn(&(Round, Round)) -> f64| median(rounds.iter().map(pick).collect());
    println!(
        "{:<18} {:>9} {:>9} | {:>10.0} {:>8.2} {:>8.2} {:>8.1} | {:>10.0} {:>8.2} {:>8.2} {:>8.1} | {:>9.2} {:>6.2} {:>9.2} {:>8.0}",
        scenario.name,
        scenario.records,
        body.len(),
        of(&|(mock, _)| mock.per_second),
        of(&|(mock, _)| mock.p50_ms),
        of(&|(mock, _)| mock.p99_ms),
        of(&|(mock, _)| mock.cpu_us),
        of(&|(_, bare)| bare.per_second),
        of(&|(_, bare)| bare.p50_ms),
        of(&|(_, bare)| bare.p99_ms),
        of(&|(_, bare)| bare.cpu_us),
        of(&|(mock, bare)| bare.cpu_us / mock.cpu_us),
        scenario.target,
        of(&|(mock, bare)| mock.per_second / bare.per_second),
        mock.resident_mb().unwrap_or(f64::NAN),
    );
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

async fn one_answer(address: SocketAddr, request: Vec<u8>) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&request).await.unwrap();
    let mut buffer = Vec::new();
    loop {
        stream.read_buf(&mut buffer).await.unwrap();
        if let Some((head, length)) = framed(&buffer)
            && buffer.len() >= head + length
        {
            assert!(buffer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&buffer));
            return buffer.split_off(head);
        }
    }
}

/// Length of the head and of the body an answer announces, once its head is complete.
fn framed(buffer: &[u8]) -> Option<(usize, usize)> {
    let end = buffer.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&buffer[..end]).unwrap();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().unwrap())
    });
    Some((end, length.unwrap()))
}

async fn load(server: &Server, scenario: &'static Scenario, credentials: &str, seconds: f64) -> Round {
    let latencies = Rc::new(RefCell::new(Vec::<u32>::new()));
    let random = Rc::new(Cell::new(0x9e37_79b9_7f4a_7c15_u64));
    let started = Instant::now();
    let until = started + Duration::from_secs_f64(seconds);
    let cpu_before = server.cpu_seconds();
    let clients: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (latencies, random, credentials) = (latencies.clone(), random.clone(), credentials.to_owned());
            let address = server.address;
            actix_rt::spawn(async move {
                let mut stream = TcpStream::connect(address).await.unwrap();
                stream.set_nodelay(true).unwrap();
                let mut buffer = Vec::with_capacity(1 << 20);
                while Instant::now() < until {
                    let state = random.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    random.set(state);
                    let bytes = request(scenario, &credentials, (state >> 33) as usize % scenario.records);
                    let sent = Instant::now();
                    stream.write_all(&bytes).await.unwrap();
                    buffer.clear();
                    let mut expected = None;
                    while expected.is_none_or(|expected| buffer.len() < expected) {
                        assert!(stream.read_buf(&mut buffer).await.unwrap() > 0, "the server closed the connection");
                        expected = expected.or_else(|| framed(&buffer).map(|(head, length)| head + length));
                    }
                    latencies.borrow_mut().push(sent.elapsed().as_micros() as u32);
                }
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    let elapsed = started.elapsed().as_secs_f64();
    let cpu = server.cpu_seconds().zip(cpu_before).map_or(f64::NAN, |(after, before)| after - before);
    let mut latencies = latencies.take();
    latencies.sort_unstable();
    let at = |share: f64| f64::from(latencies[((latencies.len() - 1) as f64 * share) as usize]) / 1000.0;
    let calls = latencies.len() as f64;
    Round { per_second: calls / elapsed, cpu_us: cpu * 1e6 / calls, p50_ms: at(0.50), p99_ms: at(0.99) }
}
