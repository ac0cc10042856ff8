// SPDX-License-Identifier: Apache-2.0
#include "engine/base/process.h"

#include <csignal>

#include <array>
#include <cerrno>
#include <limits>

#include <unistd.h>

namespace espalier {

std::int64_t processId()
{
    return getpid();
}

std::string hostName()
{
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0')
        return "localhost";
    return name.data();
}

void leaveTerminal()
{
    (void)setsid();
}

bool isProcessAlive(std::int64_t pid)
{
    if (pid <= 0 || pid > std::numeric_limits<pid_t>::max())
        return false;
    return kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM;
}

} // namespace espalier
