// SPDX-License-Identifier: Apache-2.0
// `espalier serve`: answers the studio over standard input and output, here or through ssh.
#include "engine/cli/command.h"
#include "engine/server/server.h"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>

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
    std::signal(SIGPIPE, SIG_IGN); // a studio that goes is seen as a failed write
    const int out = takeStandardOutput();
    const StreamEnd end = serveEditing(STDIN_FILENO, out, std::move(roots));
    return end == StreamEnd::Garbage ? kExitInput : 0;
}

} // namespace

void addServeCommand(CLI::App &app, Invocation &invocation)
{
    CLI::App *command = app.add_subcommand("serve", "Answers the studio over standard input and output");
    const auto roots = std::make_shared<std::vector<std::string>>();
    command->add_option("--root", *roots, "NAME=FOLDER: a folder that paths may start from, as NAME:path; repeatable");
    command->callback(
        [&invocation, roots] { invocation.run = [roots](const Output &output) { return serve(*roots, output); }; });
}

} // namespace espalier
