//! A method is added to a `.proto` and nothing else: it is there over REST, gRPC and in the description (G1).

use hotline_proto::codec::RawCodec;
use prost_reflect::{DynamicMessage, Value};
use tonic::transport::Endpoint;

use crate::bench::{Bench, decode, encode};

#[tokio::test]
async fn a_method_that_only_the_contract_knows_is_there_over_rest_grpc_and_in_the_description() {
    let bench = Bench::start().await;

    let rest = bench.call("GET", "/v1/probes/p-1?tags=a&tags=b", "").await;
    assert_eq!(rest.status, 200, "{:?}", rest.body);
    assert_eq!(rest.json()["id"], "p-1");
    assert_eq!(rest.json()["tags"], serde_json::json!(["a", "b"]));

    let channel = Endpoint::from_shared(format!("http://{}", bench.address)).expect("an address");
    let mut client = tonic::client::Grpc::new(channel.connect().await.expect("connects"));
    client.ready().await.expect("ready");
    let mut asked = DynamicMessage::new(
        bench.pool.get_message_by_name("hotline.probe.v1.GetProbeRequest").expect("declared"),
    );
    asked.set_field_by_name("id", Value::String("p-2".into()));
    let mut request = tonic::Request::new(encode(&asked));
    let bearer = format!("Bearer {}", bench.token("agent", "agent"));
    request.metadata_mut().insert("authorization", bearer.parse().expect("ASCII"));
    let path = "/hotline.probe.v1.ProbeService/GetProbe".parse().expect("a path");
    let reply = client.unary(request, path, RawCodec).await.expect("an answer").into_inner();
    let reply = decode(&bench.pool, "hotline.probe.v1.Probe", reply);
    assert_eq!(reply.get_field_by_name("id").expect("declared").as_str(), Some("p-2"));

    let document = bench.send("GET", "/openapi.json", &[], "").await.json();
    let operation = &document["paths"]["/v1/probes/{id}"]["get"];
    assert_eq!(operation["operationId"], "ProbeService_GetProbe");
    assert_eq!(operation["summary"], "Returns a probe");
    assert_eq!(document["components"]["schemas"]["probe.v1.Probe"]["properties"]["name"]["maxLength"], 30);
    let page = bench.send("GET", "/docs", &[], "").await;
    assert!(String::from_utf8_lossy(&page.body).contains("/v1/probes/{id}:run"));
}
