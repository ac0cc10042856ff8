// SPDX-License-Identifier: Apache-2.0
// What the operating system says about this process and others.
#pragma once

#include <cstdint>
#include <string>

namespace espalier {

std::int64_t processId();
std::string hostName(); ///< "localhost" if the system gives none
/// Leaves the terminal's session, so that neither Ctrl-C in it nor its end reach this process. Without effect where it
/// leads a group of processes, as one that a shell started by itself does.
void leaveTerminal();
/// Whether a process of this machine has the number `pid`; it may be another one than the one meant.
bool isProcessAlive(std::int64_t pid);

} // namespace espalier
