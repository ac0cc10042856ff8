// SPDX-License-Identifier: Apache-2.0
// The safetensors format of Hugging Face: checkpoints and exported weights.
#pragma once

#include "engine/base/file.h"
#include "engine/tensor/tensor.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace espalier {

struct NamedTensor {
    std::string name;
    Tensor tensor;
};

/// What a file's header says of one tensor.
struct StoredTensor {
    std::string name;
    std::string storedType; ///< as in the file: "F32", "BF16", ...
    DType dtype = DType::Unknown; ///< what it is read as: F16 as float32, U8, I8, I16 and U16 as int32, U32 as int64
    Dims dims;
    std::uint64_t begin = 0; ///< byte in the file
    std::uint64_t bytes = 0;
};

/// An open file whose header was checked: sizes, order and that tensors neither overlap nor leave gaps. Tensors are
/// read one by one. It goes on reading the same file when another one is renamed over it. Const functions may be called
/// from several threads.
class SafetensorsFile {
public:
    static Result<SafetensorsFile> open(const std::string &path);

    const std::vector<StoredTensor> &tensors() const { return m_tensors; } ///< in the order of the file
    const std::map<std::string, std::string> &metadata() const { return m_metadata; }
    const StoredTensor *find(std::string_view name) const; ///< null if there is none
    Result<Tensor> read(const StoredTensor &stored) const;
    Result<std::vector<NamedTensor>> readAll() const;

private:
    SafetensorsFile(ReadFile file, std::string path)
        : m_file(std::move(file))
        , m_path(std::move(path))
    {
    }
    Result<void> readHeader();

    ReadFile m_file;
    std::string m_path;
    std::vector<StoredTensor> m_tensors;
    std::map<std::string, std::string> m_metadata;
    std::map<std::string, std::size_t, std::less<>> m_byName;
};

/// Replaces `path` atomically. The same tensors and metadata give the same bytes, in whatever order they come: no time
/// stamps; wider dtypes first (so that each tensor is aligned), then by name. Names must differ and be UTF-8.
Result<void> writeSafetensors(const std::string &path, const std::vector<NamedTensor> &tensors,
                              const std::map<std::string, std::string> &metadata = {});

} // namespace espalier
