// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/document/frame_edits.h"

#include "engine/base/ids.h"
#include "gui/document/draft.h"
#include "gui/document/edit_text.h"

#include <algorithm>

namespace espalier {
namespace {

constexpr std::int64_t kFarthest = 1'000'000'000;

int pixels(const JsonValue &value)
{
    return static_cast<int>(std::clamp<std::int64_t>(value.integer(), -kFarthest, kFarthest));
}

DocumentFrame *find(std::vector<DocumentFrame> &frames, std::string_view id)
{
    const auto found = std::find_if(frames.begin(), frames.end(), [&](const DocumentFrame &f) { return f.id == id; });
    return found == frames.end() ? nullptr : &*found;
}

/// Changes one frame with `edit`.
template <typename Change>
EditResult editFrame(const EditContext &context, std::string_view id, const QString &label, std::string mergeKey,
                     const Change &edit)
{
    Draft draft(context);
    std::vector<DocumentFrame> frames = framesOf(draft.graph());
    DocumentFrame *frame = find(frames, id);
    if (!frame)
        return draft.finish({});
    const DocumentFrame before = *frame;
    edit(*frame);
    if (before != *frame)
        writeFrames(draft, frames);
    return draft.finish(label, {}, std::move(mergeKey));
}

} // namespace

std::vector<DocumentFrame> framesOf(const DocumentGraph &graph)
{
    std::vector<DocumentFrame> frames;
    for (const JsonValue &json : graph.extra["frames"].items()) {
        const auto &rect = json["rect"].items();
        if (json["id"].string().empty() || rect.size() != 4)
            continue;
        frames.push_back({json["id"].string(), json["title"].string(), pixels(rect[0]), pixels(rect[1]),
                          std::max(0, pixels(rect[2])), std::max(0, pixels(rect[3])),
                          static_cast<int>(std::clamp<std::int64_t>(json["colour"].integer(), 0, 1000))});
    }
    return frames;
}

JsonValue frameToJson(const DocumentFrame &frame)
{
    JsonValue json = JsonValue::object();
    json.set("id", frame.id).set("title", frame.title);
    json.set("rect", JsonValue(JsonValue::Array{frame.x, frame.y, frame.width, frame.height}));
    json.set("colour", frame.colour);
    return json;
}

std::string newFrameId()
{
    return newId();
}

void writeFrames(Draft &draft, const std::vector<DocumentFrame> &frames)
{
    JsonValue list = JsonValue::array();
    for (const DocumentFrame &frame : frames) {
        JsonValue json = frameToJson(frame);
        for (const JsonValue &old : draft.graph().extra["frames"].items()) // members of newer versions stay
            if (old["id"].string() == frame.id)
                for (const auto &[name, value] : old.members())
                    if (!json.has(name))
                        json.set(name, value);
        list.append(std::move(json));
    }
    if (!frames.empty())
        draft.setGraph("frames", std::move(list));
    else if (draft.graph().extra.has("frames"))
        draft.unsetGraph("frames");
}

void forgetFrames(Draft &draft, const Ids &ids)
{
    std::vector<DocumentFrame> frames = framesOf(draft.graph());
    const std::size_t before = frames.size();
    std::erase_if(frames, [&](const DocumentFrame &f) { return std::find(ids.begin(), ids.end(), f.id) != ids.end(); });
    if (frames.size() != before)
        writeFrames(draft, frames);
}

EditResult addFrame(const EditContext &context, DocumentFrame frame)
{
    Draft draft(context);
    std::vector<DocumentFrame> frames = framesOf(draft.graph());
    frame.id = newId();
    std::string id = frame.id;
    frames.insert(frames.begin(), std::move(frame)); // behind those that are there
    writeFrames(draft, frames);
    return draft.finish(EditText::tr("Add a frame"), {std::move(id)});
}

EditResult setFrameTitle(const EditContext &context, std::string_view frame, std::string_view title)
{
    return editFrame(context, frame, EditText::tr("Title the frame"), {},
                     [&](DocumentFrame &f) { f.title = std::string(title); });
}

EditResult setFrameColour(const EditContext &context, std::string_view frame, int colour)
{
    return editFrame(context, frame, EditText::tr("Colour the frame"), {},
                     [&](DocumentFrame &f) { f.colour = std::max(0, colour); });
}

EditResult setFrameRect(const EditContext &context, const DocumentFrame &frame)
{
    return editFrame(context, frame.id, EditText::tr("Resize the frame"), "frame/" + frame.id, [&](DocumentFrame &f) {
        f.x = frame.x;
        f.y = frame.y;
        f.width = std::max(0, frame.width);
        f.height = std::max(0, frame.height);
    });
}

EditResult deleteFrames(const EditContext &context, const Ids &frames)
{
    return deleteSelection(context, {}, {}, frames);
}

} // namespace espalier
