// SPDX-License-Identifier: Apache-2.0
// Finds, reads and adjusts the document that a command works on.
#pragma once

#include "engine/protocol/document.h"
#include "engine/train/settings.h"

#include <optional>
#include <string>
#include <vector>

namespace espalier {

/// What a person named.
struct ModelRequest {
    std::string model; ///< path of a document, or the name of a sample; with `text`: where it is saved, "" if nowhere
    std::optional<std::string> text; ///< the document itself, as it stands in an editor
    std::string title; ///< of `text`; "": the name of its file, or "untitled"
    std::vector<std::string> sets; ///< "training.epochs=3", "data.sources.0.path=/data", "dense1.out_features=32"
    std::string dataFolder; ///< base of relative data paths instead of the document's folder
    std::optional<std::string> device;
    std::optional<std::int64_t> seed;
};

struct Model {
    Document document;
    std::string path; ///< of the file; of samples, where they are installed; "" if it is saved nowhere
    std::string title; ///< "digits-cnn"
    std::string folder; ///< what relative data paths start from
    bool isSample = false; ///< or saved nowhere: its runs go to the user's data folder
    TrainingSettings settings;
};

/// Reads, applies `sets`, device and seed, and reads the training settings. Errors name the nearest sample, file or
/// setting.
Result<Model> loadModel(const ModelRequest &request);

/// Sets one value of a document by path; the value is JSON, or a text where it is no JSON. Errors: no such node or
/// section.
Result<void> setByPath(Document &document, std::string_view assignment);

struct SampleInfo {
    std::string name;
    std::string path;
    std::string summary; ///< the document's "description"
};
std::vector<SampleInfo> listSamples();

} // namespace espalier
