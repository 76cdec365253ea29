//! What programs meet: gRPC and gRPC-Web at the same port.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::{BufMut, Bytes, BytesMut};
use hotline_proto::codec::RawCodec;
use http::Request;
use http::uri::PathAndQuery;
use http_body_util::Full;
use prost_reflect::{DynamicMessage, Value};
use tonic::client::Grpc;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::bench::{Answer, Bench, decode, encode, exchange, http1};

async fn client(bench: &Bench) -> Grpc<Channel> {
    let endpoint = Endpoint::from_shared(format!("http://{}", bench.address)).expect("an address");
    let mut client = Grpc::new(endpoint.connect().await.expect("connects"));
    client.ready().await.expect("ready");
    client
}

fn path(method: &str) -> PathAndQuery {
    format!("/hotline.probe.v1.ProbeService/{method}").parse().expect("a path")
}

fn run_request(bench: &Bench, name: &str) -> Bytes {
    let descriptor = bench.pool.get_message_by_name("hotline.probe.v1.RunProbeRequest").expect("declared");
    let mut message = DynamicMessage::new(descriptor);
    message.set_field_by_name("id", Value::String("p-1".into()));
    message.set_field_by_name("name", Value::String(name.into()));
    encode(&message)
}

async fn run(bench: &Bench, name: &str, metadata: &[(&'static str, &str)]) -> Result<DynamicMessage, Status> {
    let mut request = tonic::Request::new(run_request(bench, name));
    for (name, value) in metadata {
        request.metadata_mut().insert(*name, value.parse().expect("ASCII"));
    }
    let reply = client(bench).await.unary(request, path("RunProbe"), RawCodec).await?;
    Ok(decode(&bench.pool, "hotline.probe.v1.Probe", reply.into_inner()))
}

fn seen(probe: &DynamicMessage, header: &str) -> Option<String> {
    let seen = probe.get_field_by_name("seen").expect("declared");
    let key = prost_reflect::MapKey::String(header.into());
    seen.as_map().expect("a map").get(&key).and_then(|value| value.as_str().map(str::to_owned))
}

#[tokio::test]
async fn a_call_passes_with_the_callers_identity_and_nothing_of_its_own_making() {
    let bench = Bench::start().await;
    let bearer = format!("Bearer {}", bench.token("engineer", "engineer"));
    let metadata = [
        ("authorization", bearer.as_str()),
        ("idempotency-key", "k-1"),
        ("x-hotline-identity", "forged"),
        ("x-user-id", "admin"),
        ("x-forwarded-for", "1.1.1.1"),
    ];
    let probe = run(&bench, "n", &metadata).await.expect("an answer");
    assert_eq!(seen(&probe, "caller.subject").as_deref(), Some("engineer"));
    assert_eq!(seen(&probe, "caller.roles").as_deref(), Some("engineer"));
    assert_eq!(seen(&probe, "idempotency-key").as_deref(), Some("k-1"));
    for header in ["authorization", "x-user-id", "x-forwarded-for"] {
        assert_eq!(seen(&probe, header), None, "{header}");
    }
}

#[tokio::test]
async fn binary_metadata_of_the_client_stays_at_the_door() {
    let bench = Bench::start().await;
    let mut request = tonic::Request::new(run_request(&bench, "n"));
    let bearer = format!("Bearer {}", bench.token("agent", "agent"));
    request.metadata_mut().insert("authorization", bearer.parse().expect("ASCII"));
    request.metadata_mut().insert_bin("identity-bin", tonic::metadata::MetadataValue::from_bytes(b"admin"));
    let reply = client(&bench).await.unary(request, path("RunProbe"), RawCodec).await.expect("an answer");
    let probe = decode(&bench.pool, "hotline.probe.v1.Probe", reply.into_inner());
    assert_eq!(seen(&probe, "identity-bin"), None);
}

#[tokio::test]
async fn a_services_error_arrives_with_its_details() {
    let bench = Bench::start().await;
    let bearer = format!("Bearer {}", bench.token("agent", "agent"));
    let status = run(&bench, "fail:9:LEASE_LOST", &[("authorization", &bearer)]).await.expect_err("refused");
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert_eq!(status.get_details_error_info().expect("details").reason, "LEASE_LOST");
    assert_eq!(status.get_details_bad_request().expect("details").field_violations[0].field, "name");
}

#[tokio::test]
async fn the_doors_own_refusals_carry_details_too() {
    let bench = Bench::start().await;
    let reason = |status: &Status| status.get_details_error_info().expect("details").reason;
    let nobody = run(&bench, "n", &[]).await.expect_err("refused");
    assert_eq!((nobody.code(), reason(&nobody).as_str()), (Code::Unauthenticated, "UNAUTHENTICATED"));
    let bearer = format!("Bearer {}", bench.token("agent", "agent"));
    for method in ["UpdateProbe", "HideProbe", "Nothing"] {
        let mut request = tonic::Request::new(Bytes::new());
        request.metadata_mut().insert("authorization", bearer.parse().expect("ASCII"));
        let refused = client(&bench).await.unary(request, path(method), RawCodec).await;
        let expected = if method == "UpdateProbe" { Code::PermissionDenied } else { Code::Unimplemented };
        assert_eq!(refused.expect_err("refused").code(), expected, "{method}");
    }
    let zh = run(&bench, "n", &[("accept-language", "zh")]).await.expect_err("refused");
    assert_eq!(zh.get_details_localized_message().expect("details").message, "需要有效的访问令牌");
}

#[tokio::test]
async fn a_message_larger_than_the_limit_is_refused() {
    let bench = Bench::start().await;
    let bearer = format!("Bearer {}", bench.token("agent", "agent"));
    let status =
        run(&bench, &"x".repeat(1024 * 1024), &[("authorization", &bearer)]).await.expect_err("refused");
    assert_eq!(status.code(), Code::ResourceExhausted);
}

#[tokio::test]
async fn a_stream_passes() {
    let bench = Bench::start().await;
    let mut request = tonic::Request::new(Bytes::new());
    let bearer = format!("Bearer {}", bench.token("agent", "agent"));
    request.metadata_mut().insert("authorization", bearer.parse().expect("ASCII"));
    let answer = client(&bench).await.server_streaming(request, path("WatchProbes"), RawCodec).await;
    let mut stream = answer.expect("a stream").into_inner();
    let mut count = 0;
    while stream.message().await.expect("a message").is_some() {
        count += 1;
    }
    assert_eq!(count, 3);
}

#[tokio::test]
async fn health_and_reflection_need_no_token() {
    let bench = Bench::start().await;
    let path = "/grpc.health.v1.Health/Check".parse().expect("a path");
    let reply = client(&bench).await.unary(tonic::Request::new(Bytes::new()), path, RawCodec).await;
    assert_eq!(&reply.expect("an answer").into_inner()[..], [8, 1], "SERVING");
    // `list_services: "*"`
    let asked = futures::stream::iter([Bytes::from_static(&[0x3a, 1, b'*'])]);
    let path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo".parse().expect("a path");
    let answer = client(&bench).await.streaming(tonic::Request::new(asked), path, RawCodec).await;
    let listed = answer.expect("a stream").into_inner().message().await.expect("a message").expect("one");
    assert!(String::from_utf8_lossy(&listed).contains("hotline.probe.v1.ProbeService"));
}

fn framed(message: &Bytes) -> Bytes {
    let mut frame = BytesMut::new();
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.len()).expect("small"));
    frame.put_slice(message);
    frame.freeze()
}

async fn web(bench: &Bench, kind: &str, bearer: &str, body: Bytes) -> Answer {
    let request = Request::post(format!("http://{}{}", bench.address, path("RunProbe")))
        .header("content-type", kind)
        .header("accept", kind)
        .header("authorization", bearer)
        .body(Full::new(body));
    exchange(&http1(), request.expect("a request")).await
}

#[tokio::test]
async fn browsers_call_over_grpc_web() {
    let bench = Bench::start().await;
    let bearer = format!("Bearer {}", bench.token("agent", "agent"));
    let frame = framed(&run_request(&bench, "from a browser"));
    let answer = web(&bench, "application/grpc-web+proto", &bearer, frame.clone()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/grpc-web+proto");
    let text = String::from_utf8_lossy(&answer.body);
    assert!(text.contains("from a browser") && text.contains("grpc-status:0"), "{text}");

    let text = BASE64_STANDARD.encode(&frame).into();
    let answer = web(&bench, "application/grpc-web-text+proto", &bearer, text).await;
    assert_eq!(answer.status, 200);
    assert!(!answer.body.is_empty());
}

#[tokio::test]
async fn a_browser_is_told_of_a_refusal() {
    let bench = Bench::start().await;
    let frame = framed(&run_request(&bench, "n"));
    let answer = web(&bench, "application/grpc-web+proto", "Bearer junk", frame).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("grpc-status"), "16");
    assert!(answer.header("content-type").starts_with("application/grpc-web"));
}
