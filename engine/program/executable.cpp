// SPDX-License-Identifier: Apache-2.0
#include "engine/program/executable.h"

#include "engine/base/assert.h"
#include "engine/program/state_store.h"

#include <algorithm>
#include <chrono>

namespace espalier {
namespace {

const Executable::Port &port(const std::vector<Executable::Port> &ports, std::string_view name)
{
    const auto found = std::find_if(ports.begin(), ports.end(), [&](const auto &p) { return p.name == name; });
    ESPALIER_ASSERT(found != ports.end(), std::string(name).c_str());
    return *found;
}

} // namespace

Result<void> Arena::reserve(std::size_t bytes)
{
    if (bytes <= this->bytes())
        return {};
    m_buffer.reset(); // first give back, then ask: both at once may not fit
    ++m_generation;
    ESPALIER_TRY(m_buffer, m_backend.allocate(bytes));
    return {};
}

Executable::Executable(Backend &backend, std::shared_ptr<Arena> arena)
    : m_backend(backend)
    , m_arena(std::move(arena))
{
}

Executable::~Executable() = default;

std::byte *Executable::resolve(const Location &location) const
{
    switch (location.kind) {
    case Location::Kind::State:
        return location.fixed;
    case Location::Kind::Constant:
        return m_constants->address() + location.offset;
    case Location::Kind::Arena:
        break;
    }
    return m_arena->address() + location.offset;
}

Launch Executable::launchOf(const Step &step) const
{
    Launch launch{step.kernel.get(), {}, {}, resolve(step.workspace)};
    for (const Location &location : step.inputs)
        launch.inputs.push_back(resolve(location));
    for (const Location &location : step.outputs)
        launch.outputs.push_back(resolve(location));
    return launch;
}

void Executable::record()
{
    if (m_recordedGeneration == m_arena->generation() && m_recording)
        return;
    std::vector<Launch> launches;
    launches.reserve(m_steps.size());
    for (const Step &step : m_steps)
        launches.push_back(launchOf(step));
    m_recording = m_backend.record(std::move(launches));
    m_recordedGeneration = m_arena->generation();
}

bool Executable::hasInput(std::string_view name) const
{
    return std::any_of(m_inputs.begin(), m_inputs.end(), [&](const Port &p) { return p.name == name; });
}

void Executable::setInput(std::string_view name, const Tensor &value)
{
    const Port &target = port(m_inputs, name);
    ESPALIER_ASSERT(value.type() == target.type, "an input is set with its own type");
    setInput(static_cast<std::size_t>(&target - m_inputs.data()),
             {static_cast<const std::byte *>(value.data()), value.bytes()});
}

void Executable::setInput(std::size_t index, std::span<const std::byte> value)
{
    const Port &target = m_inputs[index];
    m_backend.upload(*m_arena->buffer(), target.location.offset, value);
}

void Executable::run()
{
    record();
    m_recording->run();
}

void Executable::readOutput(std::size_t index, std::span<std::byte> to) const
{
    const Location &from = m_outputs[index].location;
    ESPALIER_ASSERT(from.kind != Location::Kind::State, "outputs lie in the arena");
    m_backend.download(from.kind == Location::Kind::Constant ? *m_constants : *m_arena->buffer(), from.offset, to);
}

Tensor Executable::output(std::string_view name) const
{
    const Port &from = port(m_outputs, name);
    Tensor value(from.type.dtype, from.type.shape.concrete());
    readOutput(static_cast<std::size_t>(&from - m_outputs.data()),
               {static_cast<std::byte *>(value.data()), value.bytes()});
    m_backend.synchronize();
    return value;
}

std::span<const std::byte> Executable::watchedBytes(std::size_t index, std::vector<std::byte> &scratch) const
{
    const Watched &watched = m_watched[index];
    const Location &at = watched.location;
    ESPALIER_ASSERT(at.kind != Location::Kind::State, "states are read from their store");
    return readInPlace(m_backend, at.kind == Location::Kind::Constant ? *m_constants : *m_arena->buffer(), at.offset,
                       watched.bytes, scratch);
}

std::vector<KernelReport> Executable::audit() const
{
    std::vector<KernelReport> reports;
    for (const Step &step : m_steps)
        reports.push_back(step.report);
    return reports;
}

std::vector<double> Executable::profile(int repeats)
{
    using Clock = std::chrono::steady_clock;
    run();
    std::vector<double> medians;
    for (const Step &step : m_steps) {
        const auto recording = m_backend.record({launchOf(step)});
        std::vector<double> times;
        for (int i = 0; i < repeats; ++i) {
            m_backend.synchronize();
            const auto start = Clock::now();
            recording->run();
            m_backend.synchronize();
            times.push_back(std::chrono::duration<double>(Clock::now() - start).count());
        }
        std::nth_element(times.begin(), times.begin() + repeats / 2, times.end());
        medians.push_back(times[static_cast<std::size_t>(repeats / 2)]);
    }
    return medians;
}

} // namespace espalier
