//! The Kubernetes manifests, as `kubectl kustomize` renders them.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::{Environment, assert_accepted, assert_content, documents, image, read, roles, tool};

/// Versions of Kubernetes whose schemas the manifests must fit.
const VERSIONS: [&str; 3] = ["1.32", "1.33", "1.34"];

/// What one folder renders to.
struct Rendered {
    folder: &'static str,
    text: String,
    objects: Vec<Value>,
}

/// Returns the base and each overlay; none where there is no kubectl.
fn rendered() -> &'static [Rendered] {
    static ALL: OnceLock<Vec<Rendered>> = OnceLock::new();
    ALL.get_or_init(|| ["k8s/base", "k8s/overlays/dev"].into_iter().filter_map(render).collect())
}

fn render(folder: &'static str) -> Option<Rendered> {
    let output = tool("kubectl", &["kustomize", folder])?;
    assert_content(&output, folder);
    let text = String::from_utf8(output.stdout).expect("is text");
    Some(Rendered { folder, objects: documents(&text), text })
}

impl Rendered {
    fn all(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.objects.iter().filter(move |object| object["kind"] == kind)
    }

    fn find(&self, kind: &str, name: &str) -> Option<&Value> {
        self.all(kind).find(|object| object["metadata"]["name"] == name)
    }

    fn get(&self, kind: &str, name: &str) -> &Value {
        self.find(kind, name).unwrap_or_else(|| panic!("{} has the {kind} {name}", self.folder))
    }

    /// Returns the template of each kind of pod.
    fn pods(&self) -> impl Iterator<Item = &Value> {
        let templates = self.objects.iter().map(|object| &object["spec"]["template"]);
        templates.filter(|template| template.is_object())
    }

    /// Returns the pods that run the program.
    fn ours(&self) -> impl Iterator<Item = &Value> {
        self.pods().filter(|pod| container(pod)["name"] == "hotline")
    }

    /// Returns the settings of a pod of ours: of the image, of the maps that it names, of the secrets. A secret that is
    /// left to those who deploy holds what README.md asks of it.
    fn environment(&self, pod: &Value) -> Environment {
        let mut all = image::environment();
        for source in list(&container(pod)["envFrom"]) {
            if let Some(name) = source["configMapRef"]["name"].as_str() {
                all.extend(texts(&self.get("ConfigMap", name)["data"]));
            }
            match source["secretRef"]["name"].as_str().map(|name| self.find("Secret", name)) {
                Some(Some(secret)) => {
                    all.extend(texts(&secret["data"]).map(|(key, value)| (key, decoded(&value))));
                }
                Some(None) => all.extend(required_of_secrets()),
                None => {}
            }
        }
        all
    }
}

/// Returns the only container of a pod.
fn container(pod: &Value) -> &Value {
    let containers = list(&pod["spec"]["containers"]);
    assert_eq!(containers.len(), 1, "one container: {pod}");
    &containers[0]
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn texts(map: &Value) -> impl Iterator<Item = (String, String)> {
    map.as_object()
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
}

fn decoded(text: &str) -> String {
    String::from_utf8(BASE64_STANDARD.decode(text).expect("is base64")).expect("is text")
}

fn required_of_secrets() -> [(String, String); 3] {
    let pairs = [
        ("HOTLINE__STORAGE__DATABASE_URL", "postgres://hotline:password@postgres.example.org/hotline"),
        ("HOTLINE__REDIS__URL", "redis://redis.example.org"),
        ("HOTLINE__INTERNAL__SECRET", "a secret of at least thirty-two bytes"),
    ];
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned()))
}

/// Returns the port, by the number that the image opens, that a role is spoken to on.
fn port_of(role: &str) -> u64 {
    image::port(if role == "gateway" { "HOTLINE__SERVER__LISTEN" } else { "HOTLINE__SERVER__GRPC_LISTEN" })
}

#[test]
fn every_role_has_pods_that_run_it_and_a_name_that_leads_to_them() {
    for rendered in rendered() {
        assert_eq!(rendered.all("Deployment").count(), roles().len());
        for role in roles() {
            let name = format!("hotline-{role}");
            let pod = &rendered.get("Deployment", &name)["spec"]["template"];
            assert_eq!(container(pod)["args"], json!(["serve", role]));
            let service = &rendered.get("Service", &name)["spec"];
            for (key, value) in texts(&service["selector"]) {
                assert_eq!(pod["metadata"]["labels"][&key], value, "{name} selects its own pods");
            }
            assert_eq!(service["ports"][0]["port"], port_of(role), "{name}");
            let target = list(&container(pod)["ports"])
                .iter()
                .find(|port| port["name"] == service["ports"][0]["targetPort"]);
            assert_eq!(target.expect("a port of the container")["containerPort"], port_of(role), "{name}");
            // One address would pin each gRPC connection to one pod.
            assert_eq!(service["clusterIP"] == "None", role != "gateway", "{name}");
        }
    }
}

#[test]
fn roles_find_each_other_by_name() {
    for rendered in rendered() {
        for pod in rendered.ours() {
            let all = rendered.environment(pod);
            for role in roles().into_iter().filter(|role| *role != "gateway") {
                let key = format!("HOTLINE__UPSTREAMS__{}", role.to_uppercase());
                assert_eq!(all.get(&key), Some(&format!("http://hotline-{role}:{}", port_of(role))), "{key}");
            }
        }
    }
}

#[test]
fn no_pod_can_do_more_than_it_must() {
    for pod in rendered().iter().flat_map(Rendered::pods) {
        let of_pod = &pod["spec"]["securityContext"];
        assert_eq!(of_pod["runAsNonRoot"], true, "{pod}");
        assert!(of_pod["runAsUser"].as_u64() > Some(0), "{pod}");
        assert_eq!(of_pod["seccompProfile"]["type"], "RuntimeDefault", "{pod}");
        assert_eq!(pod["spec"]["automountServiceAccountToken"], false, "{pod}");
        let of_container = &container(pod)["securityContext"];
        assert_eq!(of_container["allowPrivilegeEscalation"], false, "{pod}");
        assert_eq!(of_container["readOnlyRootFilesystem"], true, "{pod}");
        assert_eq!(of_container["capabilities"], json!({"drop": ["ALL"]}), "{pod}");
    }
}

#[test]
fn every_pod_says_what_it_needs_and_whether_it_is_well() {
    for rendered in rendered() {
        for pod in rendered.pods() {
            let resources = &container(pod)["resources"];
            let said = [
                &resources["requests"]["cpu"],
                &resources["requests"]["memory"],
                &resources["limits"]["memory"],
            ];
            assert!(said.iter().all(|amount| amount.is_string()), "{pod}");
        }
        for role in roles() {
            let pod = &rendered.get("Deployment", &format!("hotline-{role}"))["spec"]["template"];
            let ready = &container(pod)["readinessProbe"];
            match role {
                "gateway" => assert_eq!(ready["httpGet"], json!({"path": "/readyz", "port": "http"})),
                // Kubernetes takes a number here, no name.
                _ => assert_eq!(ready["grpc"], json!({"port": port_of(role)})),
            }
            // Alive must not depend on a database: `/healthz` says only that the program runs.
            assert_eq!(container(pod)["livenessProbe"]["httpGet"]["path"], "/healthz", "{role}");
        }
    }
}

#[test]
fn a_pod_that_ends_has_time_to_finish() {
    for rendered in rendered() {
        for role in roles() {
            let pod = &rendered.get("Deployment", &format!("hotline-{role}"))["spec"]["template"];
            let all = rendered.environment(pod);
            let seconds =
                |key| all[&format!("HOTLINE__SERVER__{key}_SECONDS")].parse::<u64>().expect("a number");
            let needed = seconds("DRAIN") + seconds("GRACE");
            assert!(pod["spec"]["terminationGracePeriodSeconds"].as_u64() > Some(needed), "{role}");
        }
    }
}

#[test]
fn the_program_accepts_the_settings_of_its_pods() {
    for rendered in rendered() {
        let distinct: BTreeSet<_> = rendered.ours().map(|pod| rendered.environment(pod)).collect();
        assert!(!distinct.is_empty());
        for environment in distinct {
            assert_accepted(&environment, rendered.folder);
        }
    }
}

#[test]
fn readers_are_told_which_secrets_to_make() {
    let told = read("k8s/README.md");
    for (key, _) in required_of_secrets() {
        assert!(told.contains(&format!("`{key}`")), "{key}");
    }
}

#[test]
fn only_secrets_that_are_none_are_committed() {
    for secret in rendered().iter().flat_map(|rendered| rendered.all("Secret")) {
        for (key, value) in texts(&secret["data"]).filter(|(key, _)| key != "POSTGRES_USER") {
            assert!(decoded(&value).contains("dev-only"), "{key}");
        }
    }
}

#[test]
fn nothing_connects_that_no_policy_names() {
    for rendered in rendered() {
        let namespace = rendered.all("Namespace").next().expect("a namespace");
        assert_eq!(namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"], "restricted");
        let closed = &rendered.get("NetworkPolicy", "default-deny")["spec"];
        assert_eq!(closed, &json!({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}));
        let ports = |rules: &Value| -> BTreeSet<u64> {
            list(rules)
                .iter()
                .flat_map(|rule| list(&rule["ports"]))
                .filter_map(|port| port["port"].as_u64())
                .collect()
        };
        let let_in: BTreeSet<u64> =
            rendered.all("NetworkPolicy").flat_map(|policy| ports(&policy["spec"]["ingress"])).collect();
        let containers = rendered.pods().flat_map(|pod| list(&container(pod)["ports"]));
        let open: BTreeSet<u64> = containers.filter_map(|port| port["containerPort"].as_u64()).collect();
        assert_eq!(let_in, open, "{}: ports let in, ports open", rendered.folder);
    }
}

#[test]
fn the_manifests_fit_the_schemas_of_kubernetes() {
    let folder = tempfile::tempdir().expect("a temp folder");
    for rendered in rendered() {
        let file = folder.path().join(rendered.folder.replace('/', "-")).with_extension("yaml");
        std::fs::write(&file, &rendered.text).expect("writes");
        let file = file.display().to_string();
        for version in VERSIONS {
            if let Some(output) = tool("kubernetes-validate", &["--strict", "--quiet", "-k", version, &file])
            {
                assert_content(&output, &format!("{} for {version}", rendered.folder));
            }
        }
    }
}
