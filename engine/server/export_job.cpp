// SPDX-License-Identifier: Apache-2.0
#include "engine/server/export_job.h"

#include "engine/io/run_directory.h"
#include "engine/io/safetensors.h"

namespace espalier {

Result<std::int64_t> exportRun(const ExportRequest &request)
{
    if (request.to != "safetensors")
        return fail("export.format", "This version exports safetensors; {0} comes with a later one.", request.to);
    ESPALIER_TRY(const RunDirectory run, RunDirectory::open(request.run));
    ESPALIER_TRY(const SafetensorsFile file,
                 SafetensorsFile::open(request.best ? run.bestCheckpoint() : run.lastCheckpoint()));
    std::vector<NamedTensor> tensors;
    for (const StoredTensor &stored : file.tensors()) {
        if (stored.name.find('#') != std::string::npos)
            continue;
        ESPALIER_TRY(Tensor tensor, file.read(stored));
        tensors.push_back({stored.name, std::move(tensor)});
    }
    ESPALIER_CHECK(writeSafetensors(request.out, tensors, {{"format", "pt"}, {"producer", "espalier"}}));
    return static_cast<std::int64_t>(tensors.size());
}

} // namespace espalier
