//! For tests: contracts made up on the spot.

use std::path::Path;

use prost_reflect::DescriptorPool;

const HEAD: &str = r#"
    syntax = "proto3";
    package hotline.probe.v1;
    import "buf/validate/validate.proto";
    import "google/api/annotations.proto";
    import "google/protobuf/duration.proto";
    import "google/protobuf/field_mask.proto";
    import "google/protobuf/timestamp.proto";
    import "google/protobuf/wrappers.proto";
    import "hotline/auth/v1/access.proto";
"#;

/// Compiles a contract from what follows its imports.
pub(crate) fn contract(declarations: &str) -> DescriptorPool {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("probe.proto");
    std::fs::write(&file, format!("{HEAD}{declarations}")).expect("written");
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto");
    let mut compiler = protox::Compiler::new([folder.path(), &shared]).expect("folders");
    compiler.include_imports(true).include_source_info(true).open_file("probe.proto").expect("compiles");
    DescriptorPool::decode(compiler.encode_file_descriptor_set().as_slice()).expect("decodes")
}

/// Compiles a contract with one service of these methods, all of which ask for and answer with an `Item`.
pub(crate) fn methods(options: &[&str]) -> DescriptorPool {
    let methods: Vec<String> = options
        .iter()
        .enumerate()
        .map(|(index, options)| {
            format!(
                "rpc M{index}(Item) returns (Item) {{ \
                   option (hotline.auth.v1.access) = {{signed_in: true}}; option (google.api.http) = {{{options}}}; }}"
            )
        })
        .collect();
    contract(&format!(
        "service Probe {{ {} }}
         message Item {{ string id = 1; repeated string tags = 2; Inner inner = 3; string etag = 4; }}
         message Inner {{ string id = 1; string name = 2; }}",
        methods.join("\n")
    ))
}
