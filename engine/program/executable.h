// SPDX-License-Identifier: Apache-2.0
// A compiled program: inputs in, run, outputs out. Allocates nothing while it runs.
#pragma once

#include "engine/backends/backend.h"
#include "engine/tensor/tensor.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace espalier {

/// Memory for everything between inputs and outputs, as large as the largest program needs.
class Arena {
public:
    explicit Arena(Backend &backend)
        : m_backend(backend)
    {
    }
    /// Grows; executables that were recorded before record again at their next run.
    Result<void> reserve(std::size_t bytes);
    std::byte *address() const { return m_buffer ? m_buffer->address() : nullptr; }
    Buffer *buffer() const { return m_buffer.get(); }
    std::size_t bytes() const { return m_buffer ? m_buffer->size() : 0; }
    int generation() const { return m_generation; }

private:
    Backend &m_backend;
    std::unique_ptr<Buffer> m_buffer;
    int m_generation = 0;
};

/// Where a value lies while its program runs.
struct Location {
    enum class Kind { Arena, State, Constant } kind = Kind::Arena;
    std::size_t offset = 0; ///< in the arena or the constants
    std::byte *fixed = nullptr; ///< of a state
};

/// One line of the audit: what a kernel is and what it has to do.
struct KernelReport {
    std::string ops; ///< "conv2d+add+relu"
    std::string origin; ///< path of the node, of the last instruction
    std::string implementation;
    std::string declined; ///< why better ones did not take it
    std::string shapes;
    double flops = 0;
    double bytes = 0;
};

class Executable {
public:
    struct Step {
        std::unique_ptr<Kernel> kernel;
        std::vector<Location> inputs;
        std::vector<Location> outputs;
        Location workspace;
        KernelReport report;
    };
    struct Port {
        std::string name;
        TensorType type;
        Location location;
    };

    /// An observed value as it lies after a run: in any order, with padding (see Layout).
    struct Watched {
        std::string name;
        TensorType type;
        std::size_t bytes = 0; ///< as stored
        Location location;
        Layout layout;
    };

    Executable(Backend &backend, std::shared_ptr<Arena> arena);
    ~Executable();

    const std::vector<Port> &inputs() const { return m_inputs; }
    const std::vector<Port> &outputs() const { return m_outputs; }
    const std::vector<Watched> &watched() const { return m_watched; }
    bool hasInput(std::string_view name) const;

    /// Copies a row-major tensor of the input's type to the device. Inputs keep no value between runs: the arena is
    /// shared, so set all of them before each run.
    void setInput(std::string_view name, const Tensor &value);
    void setInput(std::size_t index, std::span<const std::byte> value);
    void run();
    /// Waits for the device. Only until the next run of any program that shares the arena.
    Tensor output(std::string_view name) const;
    void readOutput(std::size_t index, std::span<std::byte> to) const; ///< enqueued; ready after Backend::synchronize
    /// In place where the host can read there, else copied to `scratch`. Waits for the device. Good until the next run
    /// of any program that shares the arena.
    std::span<const std::byte> watchedBytes(std::size_t index, std::vector<std::byte> &scratch) const;

    std::vector<KernelReport> audit() const;
    /// Median seconds of each kernel over `repeats` runs, in the order of audit().
    std::vector<double> profile(int repeats);
    std::size_t arenaBytes() const { return m_arenaBytes; }
    std::size_t launches() const { return m_steps.size(); }

private:
    friend class Compiler;
    std::byte *resolve(const Location &location) const;
    Launch launchOf(const Step &step) const;
    void record();

    Backend &m_backend;
    std::shared_ptr<Arena> m_arena;
    std::unique_ptr<Buffer> m_constants;
    std::vector<Step> m_steps;
    std::vector<Port> m_inputs;
    std::vector<Port> m_outputs;
    std::vector<Watched> m_watched;
    std::size_t m_arenaBytes = 0;
    std::unique_ptr<Recording> m_recording;
    int m_recordedGeneration = -1;
};

} // namespace espalier
