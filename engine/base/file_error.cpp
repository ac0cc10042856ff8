// SPDX-License-Identifier: Apache-2.0
#include "engine/base/file_error.h"

#include <cerrno>
#include <cstring>

namespace espalier {
namespace {

Error at(const std::string &path, Error e)
{
    Place place;
    place.file = path;
    return std::move(e).at(std::move(place));
}

} // namespace

Error fileReadError(const std::string &path, int code)
{
    switch (code) {
    case ENOENT:
    case ENOTDIR:
        return at(path, error("file.missing", "There is no file {0}. Check the path.", path));
    case EACCES:
    case EPERM:
        return at(path,
                  error("file.unreadable", "You may not read {0}. Change its permissions or use a copy of it.", path));
    case EISDIR:
        return at(path, error("file.folder", "{0} is a folder. Name a file.", path));
    default:
        return at(
            path,
            error("file.read", "{0} can't be read: {1}. Check the disk that holds it.", path, std::strerror(code)));
    }
}

Error fileWriteError(const std::string &path, int code)
{
    switch (code) {
    case ENOSPC:
    case EDQUOT:
        return at(path, error("file.full", "The disk that holds {0} is full. Free some space and try again.", path));
    case ENOENT:
        return at(path,
                  error("file.noFolder",
                        "{0} can't be written: its folder doesn't exist. Create the folder "
                        "or choose another place.",
                        path));
    case ENOTDIR:
    case EEXIST:
        return at(path,
                  error("file.notFolder",
                        "{0} can't be written: a part of the path is a file, not a folder. "
                        "Choose another place.",
                        path));
    case EACCES:
    case EPERM:
        return at(path,
                  error("file.unwritable",
                        "You may not write {0}. Change the permissions of its folder or "
                        "choose another place.",
                        path));
    case EROFS:
        return at(path,
                  error("file.readOnlyDisk", "{0} lies on a disk that can only be read. Choose another place.", path));
    case EISDIR:
        return at(path, error("file.folder", "{0} is a folder. Name a file.", path));
    case ENAMETOOLONG:
        return at(path, error("file.longName", "The name {0} is too long. Choose a shorter one.", path));
    case EFBIG:
        return at(path,
                  error("file.tooBig",
                        "{0} would be larger than the disk or a limit of this account allows. "
                        "Choose another place.",
                        path));
    default:
        return at(path,
                  error("file.write", "{0} can't be written: {1}. Check the disk or choose another place.", path,
                        std::strerror(code)));
    }
}

} // namespace espalier
