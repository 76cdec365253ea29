//! The comments of the `.proto` files, by the path of what they stand before.

use std::collections::HashMap;

use prost_reflect::{DescriptorPool, FileDescriptor};

/// All comments of a contract.
pub(super) struct Comments(HashMap<(String, Vec<i32>), String>);

impl Comments {
    pub(super) fn read(pool: &DescriptorPool) -> Self {
        let mut all = HashMap::new();
        for file in pool.files() {
            let info = file.file_descriptor_proto().source_code_info.as_ref();
            for location in info.map(|info| info.location.as_slice()).unwrap_or_default() {
                let text: Vec<&str> = location.leading_comments().lines().map(str::trim).collect();
                let text = text.join("\n").trim().to_owned();
                if !text.is_empty() {
                    all.insert((file.name().to_owned(), location.path.clone()), text);
                }
            }
        }
        Self(all)
    }

    /// Returns the comment before the declaration at `path` in `file`; empty where there is none.
    pub(super) fn of(&self, file: &FileDescriptor, path: &[i32]) -> String {
        self.0.get(&(file.name().to_owned(), path.to_vec())).cloned().unwrap_or_default()
    }
}
