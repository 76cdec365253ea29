//! Compiles every `.proto` below this folder without a system `protoc`.

use std::error::Error;
use std::path::{Path, PathBuf};

#[expect(clippy::disallowed_methods, reason = "cargo hands a build script its folder in the environment")]
fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    println!("cargo:rerun-if-changed=hotline");
    println!("cargo:rerun-if-changed=google");
    println!("cargo:rerun-if-changed=buf");

    let mut files = Vec::new();
    collect(Path::new("hotline"), &mut files)?;
    files.sort();

    let mut compiler = protox::Compiler::new(["."])?;
    compiler.include_imports(true).include_source_info(true).open_files(&files)?;
    // The encoded set keeps extension options; the typed one drops them and serves code generation only.
    std::fs::write(out.join("descriptors.bin"), compiler.encode_file_descriptor_set())?;
    let descriptors = compiler.file_descriptor_set();
    std::fs::write(out.join("paged.rs"), paged(&descriptors))?;
    let mut config = tonic_prost_build::Config::new();
    config.enable_type_names().btree_map(["."]);
    // Options are read by reflection: they need no types of their own.
    for options in [".google.api.HttpRule", ".google.api.CustomHttpPattern", ".buf.validate"] {
        config.extern_path(options, "()");
    }
    tonic_prost_build::configure()
        .codec_path("crate::codec::Codec")
        .include_file("hotline.rs")
        .compile_fds_with_config(descriptors, config)?;
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    Ok(())
}

/// Writes `impl Paged` for every message with the paging fields, so that no service repeats it.
fn paged(descriptors: &tonic_prost_build::FileDescriptorSet) -> String {
    let mut code = String::new();
    for file in &descriptors.file {
        for message in &file.message_type {
            let has = |name: &str| message.field.iter().any(|field| field.name() == name);
            if has("page_size") && has("page_token") {
                let module = file.package().replace('.', "::").replace("hotline::", "crate::");
                code += &format!(
                    "impl crate::paged::Paged for {module}::{name} {{\n\
                     fn page_size(&self) -> i32 {{ self.page_size }}\n\
                     fn page_token(&self) -> &str {{ &self.page_token }}\n\
                     fn filter(&self) -> Vec<u8> {{\n\
                     prost::Message::encode_to_vec(&Self {{ page_size: 0, page_token: String::new(), ..self.clone() }})\n\
                     }}\n}}\n",
                    name = message.name(),
                );
            }
        }
    }
    code
}
