// SPDX-License-Identifier: Apache-2.0
// An engine for the studio's tests: answers from a recording, well or badly.
//
//     fake_engine RECORDING MODE [NUMBER]
//
// normal   answers at once                     split    one byte a write
// slow     NUMBER ms before each answer        garbage  after NUMBER answers, bytes that are no frame
// crash    dies by a signal after NUMBER       hang     never says another word after NUMBER
// cut      ends after NUMBER bytes             older, newer  speaks another version, with members unknown here
// root     sees the samples in another folder  refuse   answers every check with an error
// busy     never comes to an end with data.describe, and answers all else
#include "engine/base/json_value.h"
#include "engine/protocol/frame.h"
#include "engine/protocol/message.h"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <thread>

#include <unistd.h>

using namespace espalier;

namespace {

struct Play {
    std::map<std::string, JsonValue, std::less<>> results;
    std::string mode;
    long number = 0;
    long answers = 0;
    long written = 0;
};

void write(Play &play, std::string_view bytes)
{
    const std::size_t piece = play.mode == "split" ? 1 : bytes.size();
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        std::string_view part = bytes.substr(at, piece);
        if (play.mode == "cut") {
            part = part.substr(0, static_cast<std::size_t>(std::max(0L, play.number - play.written)));
            play.written += static_cast<long>(part.size());
        }
        if (!part.empty() && ::write(STDOUT_FILENO, part.data(), part.size()) < 0)
            std::_Exit(1);
        if (play.mode == "cut" && play.written >= play.number)
            std::_Exit(0);
    }
}

void send(Play &play, const Message &message)
{
    std::string frame;
    appendFrame(frame, writeMessage(message));
    write(play, frame);
}

void misbehave(Play &play)
{
    if (play.mode == "slow")
        std::this_thread::sleep_for(std::chrono::milliseconds(play.number));
    if (play.answers++ < play.number)
        return;
    if (play.mode == "garbage")
        write(play, "\x01\x02 this is no frame, and it goes on and on\n");
    if (play.mode == "crash")
        std::raise(SIGKILL);
    while (play.mode == "hang")
        std::this_thread::sleep_for(std::chrono::seconds(1));
}

JsonValue resultOf(Play &play, const Request &request)
{
    const auto found = play.results.find(request.method);
    JsonValue result = found == play.results.end() ? JsonValue::object() : found->second;
    if (result.has("version") && request.params.has("version"))
        result.set("version", request.params["version"]).set("document", request.params["document"]);
    if (request.method == "initialize" && (play.mode == "older" || play.mode == "newer")) {
        result.set("protocol", play.mode == "older" ? kProtocolVersion - 1 : kProtocolVersion);
        result.set("newest_protocol", play.mode == "older" ? kProtocolVersion - 1 : kProtocolVersion + 1);
        result.set("mood", "splendid");
    }
    if (request.method == "describe" && play.mode == "newer" && !result["layers"].items().empty()) {
        JsonValue layer = JsonValue::object(); // a kind and a type of parameter that this version has never heard of
        layer.set("id", "Hologram").set("version", 7).set("title", "Hologram").set("category", "Light");
        JsonValue param = JsonValue::object();
        param.set("name", "spin").set("type", "quaternion").set("default", "1").set("label", "Spin");
        layer.set("params", JsonValue(JsonValue::Array{param}));
        JsonValue layers = result["layers"];
        layers.append(std::move(layer));
        result.set("layers", std::move(layers));
    }
    if (request.method == "samples.read" && play.mode == "root")
        result.set("folder", "/elsewhere/samples");
    return result;
}

void answer(Play &play, const Request &request)
{
    misbehave(play);
    if (play.mode == "busy" && request.method == "data.describe")
        return;
    if (play.mode == "newer")
        send(play, Notification{"engine.weather", JsonValue::object().set("sun", true)});
    if (play.mode == "refuse" && request.method == "document.check")
        send(play, Response{request.id, {}, RpcError{kInternalError, "The check fell over.", {}}});
    else
        send(play, Response{request.id, resultOf(play, request), {}});
}

} // namespace

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    Play play;
    play.mode = argv[2];
    play.number = argc > 3 ? std::atol(argv[3]) : 0;
    std::ifstream recording(argv[1]);
    for (std::string line; std::getline(recording, line);)
        if (const auto entry = JsonValue::parse(line, "recording"))
            play.results.insert_or_assign((*entry)["method"].string(), (*entry)["result"]);
    FrameReader reader;
    char buffer[1 << 16];
    for (ssize_t n = 0; (n = ::read(STDIN_FILENO, buffer, sizeof buffer)) > 0;) {
        reader.feed({buffer, static_cast<std::size_t>(n)});
        for (;;) {
            const auto frame = reader.next();
            if (!frame)
                return 2;
            if (!*frame)
                break;
            const auto message = readMessage((*frame)->text);
            if (message)
                if (const auto *request = std::get_if<Request>(&*message))
                    answer(play, *request);
        }
    }
    return 0;
}
