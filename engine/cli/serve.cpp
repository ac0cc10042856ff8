// SPDX-License-Identifier: Apache-2.0
// `espalier serve`: answers the studio over standard input and output, here or through ssh.
#include "engine/cli/command.h"
#include "engine/server/run_host.h"
#include "engine/server/run_remote.h"
#include "engine/server/server.h"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>

namespace espalier {
namespace {

/// The protocol gets standard output for itself: what a library prints goes to standard error from here on.
int takeStandardOutput()
{
    std::fflush(stdout);
    const int own = ::dup(STDOUT_FILENO);
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
    return own;
}

RunHost *g_host = nullptr; // a signal handler has no other way in

/// Stops a run with a checkpoint; without one there is nothing to save.
extern "C" void stopRun(int signal)
{
    if (!g_host->requestStop())
        ::_exit(128 + signal);
}

/// The terminal or the studio has gone: a run outlives them.
extern "C" void outliveViewer(int signal)
{
    if (!g_host->hasControl())
        ::_exit(128 + signal);
}

class SignalScope {
public:
    explicit SignalScope(RunHost &host)
    {
        g_host = &host;
        handle(SIGTERM, stopRun);
        handle(SIGINT, outliveViewer);
        handle(SIGHUP, outliveViewer);
    }
    ~SignalScope()
    {
        for (const int signal : {SIGTERM, SIGINT, SIGHUP})
            handle(signal, SIG_DFL);
    }
    SignalScope(const SignalScope &) = delete;
    SignalScope &operator=(const SignalScope &) = delete;

private:
    static void handle(int signal, void (*handler)(int))
    {
        struct sigaction action { };
        action.sa_handler = handler;
        action.sa_flags = SA_RESTART;
        ::sigaction(signal, &action, nullptr);
    }
};

bool writeAll(int descriptor, std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t n = ::write(descriptor, bytes.data(), bytes.size());
        if (n < 0 && errno != EINTR)
            return false;
        bytes.remove_prefix(n > 0 ? static_cast<std::size_t>(n) : 0);
    }
    return true;
}

/// Standard input and output become the two ends of the run's socket.
int attach(const std::string &run, const Output &output)
{
    auto stream = joinRun(run);
    if (!stream)
        return output.fail(stream.error());
    std::signal(SIGPIPE, SIG_IGN);
    std::thread([&stream = *stream] {
        std::string buffer(std::size_t{1} << 16, '\0');
        for (;;) {
            const ssize_t n = ::read(STDIN_FILENO, buffer.data(), buffer.size());
            if (n < 0 && errno == EINTR)
                continue;
            if (n <= 0 || !stream.write({buffer.data(), static_cast<std::size_t>(n)}))
                break;
        }
        stream.endWriting();
    }).detach(); // it may wait for input when the run is over
    std::string buffer(std::size_t{1} << 16, '\0');
    while (const std::size_t n = stream->read(buffer.data(), buffer.size()))
        if (!writeAll(STDOUT_FILENO, std::string_view(buffer).substr(0, n)))
            break;
    stream->shutdown();
    ::_exit(0); // not by way of destructors: the other thread still uses the stream
}

int serve(const std::vector<std::string> &rootTexts, const Output &output)
{
    std::vector<Root> roots;
    for (const std::string &text : rootTexts) {
        const auto root = readRoot(text);
        if (!root)
            return output.fail(root.error());
        roots.push_back(*root);
    }
    for (const Root &root : defaultRoots())
        roots.push_back(root);
    applyRoots(roots);
    std::signal(SIGPIPE, SIG_IGN); // a studio that goes is seen as a failed write
    const int out = takeStandardOutput();
    RunHost host;
    const SignalScope signals(host);
    const StreamEnd end = serveEditing(STDIN_FILENO, out, std::move(roots), host);
    host.wait(); // a run outlives its viewer; others join it through its socket
    return end == StreamEnd::Garbage ? kExitInput : 0;
}

} // namespace

void addServeCommand(CLI::App &app, Invocation &invocation)
{
    CLI::App *command = app.add_subcommand("serve", "Answers the studio over standard input and output");
    const auto roots = std::make_shared<std::vector<std::string>>();
    command->add_option("--root", *roots, "NAME=FOLDER: a folder that paths may start from, as NAME:path; repeatable");
    const auto run = std::make_shared<std::string>();
    command->add_option("--attach", *run, "A run that another process trains: joins it instead, with every control");
    command->callback([&invocation, roots, run] {
        invocation.run = [roots, run](const Output &output) {
            return run->empty() ? serve(*roots, output) : attach(*run, output);
        };
    });
}

} // namespace espalier
