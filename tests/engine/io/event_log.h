// SPDX-License-Identifier: Apache-2.0
// A sink that writes down what it receives, one line an event, so that tests compare texts.
#pragma once

#include "engine/protocol/event_reader.h"

#include <QString>

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

namespace espalier {

class EventLog : public EventSink {
public:
    std::vector<std::string> lines;
    std::vector<std::uint64_t> offsets;

    void version(const EventStamp &s, std::string_view text) override { add(s, "version " + std::string(text)); }
    void scalar(const EventStamp &s, std::string_view tag, double value) override
    {
        add(s, std::string(tag) + " = " + number(value));
    }
    void histogram(const EventStamp &s, std::string_view tag, const HistogramData &h) override
    {
        std::string line = std::string(tag) + " n " + number(h.count) + " in " + number(h.min) + ".." + number(h.max);
        if (!std::isnan(h.sum))
            line += " sum " + number(h.sum) + " squares " + number(h.sumOfSquares);
        for (const HistogramBucket &b : h.buckets)
            if (b.count != 0)
                line += " [" + number(b.left) + " " + number(b.right) + " " + number(b.count) + "]";
        add(s, line);
    }
    void text(const EventStamp &s, std::string_view tag, const std::vector<std::string_view> &cells) override
    {
        std::string line = std::string(tag);
        for (const std::string_view cell : cells)
            line += " '" + std::string(cell) + "'";
        add(s, line);
    }
    void image(const EventStamp &s, std::string_view tag, std::string_view encoded, std::int64_t width,
               std::int64_t height) override
    {
        std::string line(tag);
        line.append(" image ").append(std::to_string(width)).append("x").append(std::to_string(height)).append(" ");
        add(s, line.append(encoded.find("PNG") == 1 ? "PNG" : encoded));
    }
    void graph(const EventStamp &s, std::string_view bytes) override
    {
        add(s, "graph of " + std::to_string(bytes.size()) + " bytes");
    }
    void session(const EventStamp &s, SessionStatus status, std::string_view) override
    {
        add(s, "session " + std::to_string(static_cast<int>(status)));
    }
    void hyperParameters(const EventStamp &s, std::string_view tag, std::string_view) override
    {
        add(s, std::string(tag));
    }

    /// All lines as one text, for a comparison that shows where it differs.
    QString all() const { return joined(lines); }
    static QString joined(const std::vector<std::string> &list)
    {
        QString out;
        for (const std::string &line : list)
            out += QString::fromStdString(line) + u'\n';
        return out;
    }

private:
    static std::string number(double value)
    {
        char text[40];
        std::snprintf(text, sizeof text, "%.6g", value);
        return text;
    }
    void add(const EventStamp &stamp, const std::string &line)
    {
        lines.push_back(std::to_string(stamp.step) + ": " + line);
        offsets.push_back(stamp.offset);
    }
};

} // namespace espalier
