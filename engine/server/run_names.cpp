// SPDX-License-Identifier: Apache-2.0
#include "engine/server/run_names.h"

#include <array>
#include <filesystem>
#include <random>
#include <string_view>

namespace espalier {
namespace {

constexpr std::array<std::string_view, 64> kQualities{
    "able",   "agile", "amber",  "ample",  "balmy",  "bold",   "brave",  "breezy", "bright", "brisk",  "calm",
    "candid", "clear", "clever", "cosy",   "crisp",  "dapper", "daring", "deft",   "early",  "eager",  "fair",
    "fancy",  "fleet", "fond",   "frank",  "fresh",  "gentle", "glad",   "golden", "grand",  "hardy",  "honest",
    "humble", "jolly", "keen",   "kind",   "light",  "lively", "loyal",  "lucid",  "lucky",  "mellow", "merry",
    "mild",   "neat",  "nimble", "noble",  "plain",  "polite", "proud",  "quick",  "quiet",  "ready",  "rosy",
    "shiny",  "smart", "snug",   "spruce", "steady", "sunny",  "swift",  "tidy",   "warm"};
constexpr std::array<std::string_view, 64> kPlants{
    "acorn",   "alder",  "almond",  "apple",  "ash",    "aspen",  "aster",   "basil",   "bay",     "beech", "birch",
    "bramble", "briar",  "cedar",   "cherry", "clover", "cress",  "currant", "cypress", "daisy",   "elder", "elm",
    "fennel",  "fern",   "fig",     "flax",   "fir",    "ginkgo", "grape",   "hazel",   "heather", "holly", "hop",
    "iris",    "ivy",    "juniper", "larch",  "laurel", "lemon",  "lilac",   "lily",    "linden",  "maple", "medlar",
    "mint",    "moss",   "myrtle",  "nettle", "oak",    "olive",  "orchid",  "peach",   "pear",    "pine",  "plum",
    "poppy",   "quince", "rose",    "rowan",  "sage",   "sorrel", "thyme",   "willow",  "yew"};

} // namespace

std::string friendlyName(std::uint32_t number)
{
    const std::string_view quality = kQualities[number % kQualities.size()];
    const std::string_view plant = kPlants[(number / kQualities.size()) % kPlants.size()];
    return std::string(quality).append("-").append(plant);
}

Result<RunDirectory> createNamedRun(const std::string &parent)
{
    constexpr int kTries = 64; // after that the folder is so full that a number behind the name is better
    std::random_device random;
    for (int i = 0; i < kTries; ++i) {
        const std::string path = (std::filesystem::path(parent) / friendlyName(random())).string();
        std::error_code ignored;
        if (std::filesystem::exists(path, ignored))
            continue;
        auto made = RunDirectory::createAt(path);
        if (made || (made.error().code != "run.exists" && made.error().code != "run.locked"))
            return made;
    }
    return RunDirectory::create(parent, friendlyName(random()));
}

} // namespace espalier
