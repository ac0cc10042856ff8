// SPDX-License-Identifier: Apache-2.0
// The contract between the compiler and a device: allocate, copy, claim patterns of ops, prepare kernels, record, run.
// Written for streams and captured graphs: nothing here is decided, allocated or called back inside a step.
#pragma once

#include "engine/ops/program.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace espalier {

/// How a tensor lies in memory. The default is row-major. Everything else is the backend's own affair: two layouts are
/// the same exactly if their tags are, and only Backend::reorder looks inside.
struct Layout {
    std::string tag; ///< "" = row-major
    std::size_t bytes = 0; ///< physical size with padding lanes (which stay zero); unused when row-major
    std::shared_ptr<const void> detail;

    bool isPlain() const { return tag.empty(); }
    friend bool operator==(const Layout &a, const Layout &b) { return a.tag == b.tag; }
};

/// Which values of a stored tensor belong to which entry of one axis: they come in runs of `run` values; run r holds
/// the entries from (r % runs) * block on, and value i of a run belongs to entry i % block of those.
struct AxisRuns {
    std::size_t run = 1;
    std::size_t block = 1;
    std::size_t runs = 1;
};
/// Of a row-major tensor.
AxisRuns axisRuns(const TensorType &type, int axis);

/// Bytes that a tensor of this (concrete) type takes in this layout.
std::size_t storageBytes(const TensorType &type, const Layout &layout);

/// Memory of the device. Freed with the object. On a CPU `address` is a host pointer, on a GPU a device pointer.
class Buffer {
public:
    virtual ~Buffer() = default;
    virtual std::byte *address() const = 0;
    virtual std::size_t size() const = 0;
};

/// A kernel, chosen and prepared (primitives created, code generated) at compile time.
class Kernel {
public:
    virtual ~Kernel() = default;
    /// Enqueues the work in order after what was enqueued before. Called once per step on a CPU and once under capture
    /// on a GPU, so it reads what changes between steps from its inputs. `stream` is the backend's own.
    virtual void launch(void *stream, std::span<std::byte *const> inputs, std::span<std::byte *const> outputs,
                        std::byte *workspace) const = 0;
};

/// Why a kernel does not take a group; shown by the audit.
struct Decline {
    std::string reason;
};

/// A set of instructions that one kernel is asked to do. Types in `program` are concrete.
struct Group {
    const Program *program = nullptr;
    std::vector<std::int32_t> instructions; ///< in program order
    std::vector<ValueId> inputs; ///< values from outside, each once, in order of first use
    std::vector<ValueId> outputs; ///< values used outside, in order of definition; all outputs of a single instruction
};

/// A prepared kernel with what the planner needs to know of it.
struct Prepared {
    std::unique_ptr<Kernel> kernel;
    std::vector<Layout> inputLayouts; ///< wanted, one for each input of the group; the planner inserts reorders
    std::vector<Layout> outputLayouts; ///< as they will be written
    std::size_t workspaceBytes = 0; ///< from the arena, 64-byte aligned
    std::string implementation; ///< "dnnl:jit:avx512_core", "fused", "ref": what the audit judges
    std::vector<std::pair<int, int>> mayAlias; ///< {output, input}: may share memory if the input dies here
};

/// One way to do something: matched best first.
struct Pattern {
    std::string_view name; ///< "conv2d+bias+relu"
    /// Instruction indices (ascending) if the pattern matches with its *last* instruction at `index`. Inner values must
    /// have no other use; `uses` are useCounts(program).
    std::function<std::optional<std::vector<std::int32_t>>(const Program &program, std::int32_t index,
                                                           std::span<const std::int32_t> uses)>
        match;
    /// `inputLayouts`: how the inputs lie now (a state whose layout is still free arrives row-major with
    /// `freeInputs[i]` set: whatever is asked for costs no reorder).
    std::function<tl::expected<Prepared, Decline>(const Group &group, std::span<const Layout> inputLayouts,
                                                  std::span<const bool> freeInputs)>
        prepare;
};

/// One line of the flat list that a step is.
struct Launch {
    const Kernel *kernel = nullptr;
    std::vector<std::byte *> inputs;
    std::vector<std::byte *> outputs;
    std::byte *workspace = nullptr;
};

/// A program made ready to run again and again: a loop over launches on a CPU, a captured graph on a GPU.
class Recording {
public:
    virtual ~Recording() = default;
    virtual void run() = 0; ///< enqueues; see Backend::synchronize
};

struct Device {
    std::string backend; ///< "reference", "cpu", "cuda"
    std::string name; ///< of the processor, for people and run.json
    std::string
        processorClass; ///< "avx2", "avx512", "avx512_bf16", "sm_90": what tuned choices and audits are keyed by
    int threads = 1;
};

class Backend {
public:
    virtual ~Backend() = default;
    virtual const Device &device() const = 0;
    virtual bool supports(DType dtype) const = 0; ///< natively, at speed; the check says so before training

    virtual Result<std::unique_ptr<Buffer>> allocate(std::size_t bytes) = 0; ///< zeroed; an Error when memory is short
    virtual void upload(Buffer &to, std::size_t offset, std::span<const std::byte> from) = 0; ///< in stream order
    virtual void download(const Buffer &from, std::size_t offset, std::span<std::byte> to) = 0; ///< done at synchronize
    virtual void synchronize() = 0;
    /// Where the host may read the device's memory in place between runs; null where it has to download.
    virtual const std::byte *hostAddress(const Buffer &) const { return nullptr; }

    /// Patterns of several ops and single ops, best first. The same list every time.
    virtual std::span<const Pattern> patterns() const = 0;
    /// Whether this element-wise instruction may join a fused group (shared fusion takes what patterns leave).
    virtual bool canFuse(const Program &program, const Instruction &instruction) const = 0;
    /// A fused element-wise group; all outputs have one shape, inputs broadcast to it.
    virtual tl::expected<Prepared, Decline> prepareFused(const Group &group, std::span<const Layout> inputLayouts) = 0;
    /// The last resort for one instruction.
    virtual tl::expected<Prepared, Decline> prepareReference(const Group &group) = 0;
    /// Copies between two layouts of one type.
    virtual Prepared prepareReorder(const TensorType &type, const Layout &from, const Layout &to) = 0;
    /// Where the entries of an axis lie; nothing where that is not so simple.
    virtual std::optional<AxisRuns> axisRuns(const TensorType &type, const Layout &layout, int axis) const
    {
        return layout.isPlain() ? std::optional(espalier::axisRuns(type, axis)) : std::nullopt;
    }
    virtual std::unique_ptr<Recording> record(std::vector<Launch> launches) = 0;
    /// The choices made while preparing (tuned or static), for run.json; and to be given back before compiling again.
    virtual std::vector<std::pair<std::string, std::string>> choices() const { return {}; }
    virtual void presetChoices(const std::vector<std::pair<std::string, std::string>> &) { }
};

struct BackendOptions {
    int threads = 0; ///< 0: all of the processor set
    bool deterministic = false; ///< static choices only
    bool nativeBFloat16 = true; ///< false: as on a processor that doesn't multiply bfloat16 itself
};

/// "reference", "cpu", later "cuda". Names an unknown device and lists those at hand.
Result<std::unique_ptr<Backend>> makeBackend(std::string_view name, const BackendOptions &options);
std::vector<std::string> backendNames();

} // namespace espalier
