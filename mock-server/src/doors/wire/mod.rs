//! The wire: bytes and connections. The only files that name actix.
//!
//! One [`Service`] takes every request: which paths exist, and what a wrong one answers, is Rocket.Chat's business and changes by era, so
//! actix's own router is not asked.

mod aside;
mod closing;
mod lenient;
pub mod reply;
pub mod request;
pub mod running;

use std::borrow::Cow;
use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use actix_http::HttpService;
use actix_http::h1::H1Service;
use actix_rt::net::TcpStream;
use actix_server::Server;
use actix_service::{ServiceFactoryExt, fn_service, map_config};
use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::AppConfig;
use actix_web::http::ConnectionType;
use actix_web::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
pub use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Bytes, BytesMut, Payload};
use actix_web::{App as WebApp, HttpRequest, HttpResponse};
use futures_core::Stream;

use aside::Aside;
pub use closing::Closing;
use closing::Connection;
use lenient::LenientStream;
use reply::Reply;
use request::{OwnedRequest, Request};

/// What is behind the wire: turns requests into answers.
pub trait Service: std::fmt::Debug + Send + Sync + 'static {
    /// The answer to a request whose body was read whole.
    fn answer(&self, request: Request<'_>) -> Reply;

    /// Whether the answer may take so long that the thread which reads sockets should not wait for it. Asked of every request.
    fn may_be_slow(&self, request: &Request<'_>) -> bool;

    /// The answer to a request whose body is larger than [`BODY_LIMIT`], and was not read.
    fn body_too_large(&self, request: &Request<'_>) -> Reply;
}

/// Largest body read. Upstream's limit of the Restivus eras is 50 MB; no endpoint here needs a hundredth of that.
const BODY_LIMIT: usize = 1024 * 1024;

/// How long a client may take to send its headers, and how long its body.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(15);

/// So much of an answer is gathered before it is written out: a page of records and the end of its answer go out together.
const WRITE_BUFFER: usize = 256 * 1024;

/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// A server on `listener` that answers through `service`, not yet awaited. Its connections close once `closing` has begun.
///
/// # Errors
/// When the listener cannot be registered with the runtime.
pub fn serve(
    service: Arc<dyn Service>,
    listener: TcpListener,
    workers: usize,
    closing: Arc<Closing>,
) -> std::io::Result<Server> {
    let aside = Arc::new(Aside::new());
    let server = Server::build()
        .workers(workers)
        .disable_signals()
        .listen("mock-server", listener, move || {
            let closing = closing.clone();
            let service = web::Data::from(service.clone());
            let aside = web::Data::from(aside.clone());
            let web_app = WebApp::new().app_data(service).app_data(aside).default_service(web::to(handle));
            let http: H1Service<LenientStream, _, _> = HttpService::build()
                .keep_alive(KEEP_ALIVE)
                .h1_write_buffer_size(WRITE_BUFFER)
                .client_request_timeout(CLIENT_TIMEOUT)
                .on_connect_ext(|stream: &LenientStream, data| {
                    data.insert(stream.connection());
                })
                .h1(map_config(web_app, |()| AppConfig::default()));
            fn_service(move |stream: TcpStream| {
                stream.set_nodelay(true).ok();
                let peer: Option<SocketAddr> = stream.peer_addr().ok();
                std::future::ready(Ok((LenientStream::new(stream, &closing), peer)))
            })
            .and_then(http)
        })?
        .run();
    Ok(server)
}

async fn handle(
    request: HttpRequest,
    payload: Payload,
    service: web::Data<dyn Service>,
    aside: web::Data<Aside>,
) -> HttpResponse {
    let mut response = answer(&request, payload, service, &aside).await;
    if request.conn_data::<Connection>().is_some_and(Connection::answered) {
        response.head_mut().set_connection_type(ConnectionType::Close);
    }
    response
}

async fn answer(
    request: &HttpRequest,
    payload: Payload,
    service: web::Data<dyn Service>,
    aside: &Aside,
) -> HttpResponse {
    let with_body = |body| Request {
        method: request.method(),
        path: request.uri().path(),
        query: request.uri().query().unwrap_or_default().as_bytes(),
        headers: request.headers(),
        body,
        peer: request.peer_addr().map(|address| address.ip()),
    };
    let body = match read_body(request, payload).await {
        Ok(body) => body,
        Err(BodyError::TooLarge) => return respond(service.body_too_large(&with_body(&[]))),
        // The connection is broken or too slow; nobody reads the answer, but the slow get a status.
        Err(BodyError::Unreadable) => return HttpResponse::new(StatusCode::REQUEST_TIMEOUT),
    };
    let whole = with_body(&body);
    let reply = if service.may_be_slow(&whole) {
        let owned = OwnedRequest::new(&whole, body.clone());
        match aside.answer(service.into_inner(), owned).await {
            Some(reply) => reply,
            // The server ends; nobody is promised an answer.
            None => return HttpResponse::new(StatusCode::SERVICE_UNAVAILABLE),
        }
    } else {
        service.answer(whole)
    };
    // Neither the query string nor headers: they may hold what is not for a log.
    tracing::debug!(method = %request.method(), path = request.path(), status = reply.status.as_u16(), "answered");
    if !reply.hold_back.is_zero() {
        actix_rt::time::sleep(reply.hold_back).await;
    }
    respond(reply)
}

enum BodyError {
    TooLarge,
    Unreadable,
}

async fn read_body(request: &HttpRequest, payload: Payload) -> Result<Bytes, BodyError> {
    let headers = request.headers();
    let framed = headers.contains_key("content-length") || headers.contains_key("transfer-encoding");
    if !framed {
        return Ok(Bytes::new());
    }
    let announced = headers.get("content-length").and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > BODY_LIMIT) {
        return Err(BodyError::TooLarge);
    }
    let read = async {
        let mut body = BytesMut::new();
        let mut payload = std::pin::pin!(payload);
        while let Some(chunk) = std::future::poll_fn(|cx| payload.as_mut().poll_next(cx)).await {
            let chunk = chunk.map_err(|_| BodyError::Unreadable)?;
            if body.len() + chunk.len() > BODY_LIMIT {
                return Err(BodyError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    };
    actix_rt::time::timeout(CLIENT_TIMEOUT, read).await.unwrap_or(Err(BodyError::Unreadable))
}

fn respond(reply: Reply) -> HttpResponse {
    let mut response = HttpResponse::build(reply.status);
    if !reply.content_type.is_empty() {
        response.insert_header((CONTENT_TYPE, HeaderValue::from_static(reply.content_type)));
    }
    for (name, value) in reply.headers {
        let value = match value {
            Cow::Borrowed(value) => Ok(HeaderValue::from_static(value)),
            Cow::Owned(value) => HeaderValue::try_from(value),
        };
        // A setting may hold what no header can (a line break in `API_CORS_Origin`); such a header is left out.
        if let Ok(value) = value {
            response.insert_header((HeaderName::from_static(name), value));
        }
    }
    // A refused body may still be on its way: closing keeps it from being read as the next request.
    if reply.status == StatusCode::PAYLOAD_TOO_LARGE {
        response.force_close();
    }
    let mut pieces = reply.body.into_pieces();
    match pieces.pop() {
        Some(whole) if pieces.is_empty() => response.body(whole),
        last => {
            pieces.extend(last);
            response.body(InPieces { left: pieces.iter().map(Bytes::len).sum(), pieces: pieces.into_iter() })
        }
    }
}

/// A body that goes out piece by piece.
struct InPieces {
    left: usize,
    pieces: std::vec::IntoIter<Bytes>,
}

impl MessageBody for InPieces {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.left as u64)
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut TaskContext<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        let piece = self.pieces.next();
        self.left -= piece.as_ref().map_or(0, Bytes::len);
        Poll::Ready(piece.map(Ok))
    }
}
