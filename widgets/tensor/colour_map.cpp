// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/tensor/colour_map.h"

#include <QtGui/QImage>

#include <algorithm>
#include <cmath>
#include <span>

namespace espalier {
namespace {

/// Matplotlib's viridis at even steps: lightness grows evenly, and no two of its colours look alike to anybody.
constexpr QRgb kViridis[]
    = {0xff440154, 0xff472d7b, 0xff3b528b, 0xff2c728e, 0xff21918c, 0xff28ae80, 0xff5ec962, 0xffaddc30, 0xfffde725};
/// Blue against orange stays two colours with every common kind of colour blindness; red against green does not.
constexpr QRgb kDivergingDark[] = {0xffbfe1ff, 0xff5aa9f0, 0xff2d5f8f, 0xff262b30, 0xff96561d, 0xffee8f3c, 0xffffdcb0};
constexpr QRgb kDivergingLight[] = {0xff0b3c78, 0xff2f74c0, 0xff9cc4ea, 0xfff2f2ef, 0xfff2bb84, 0xffc8651b, 0xff6e2c00};
constexpr QRgb kGrey[] = {0xff000000, 0xffffffff};

QRgb between(std::span<const QRgb> stops, double share)
{
    const double at = share * static_cast<double>(stops.size() - 1);
    const auto left = std::min(static_cast<std::size_t>(at), stops.size() - 2);
    const double part = at - static_cast<double>(left);
    const auto mix = [part](int from, int to) { return static_cast<int>(std::lround(from + (to - from) * part)); };
    const QRgb a = stops[left];
    const QRgb b = stops[left + 1];
    return qRgb(mix(qRed(a), qRed(b)), mix(qGreen(a), qGreen(b)), mix(qBlue(a), qBlue(b)));
}

} // namespace

ColourMap::ColourMap(ColourScale scale, bool isDark)
{
    std::span<const QRgb> stops = kGrey;
    if (scale == ColourScale::Sequential)
        stops = kViridis;
    else if (scale == ColourScale::Diverging)
        stops = isDark ? std::span<const QRgb>(kDivergingDark) : std::span<const QRgb>(kDivergingLight);
    const bool turns = scale == ColourScale::Sequential && !isDark; // on a light ground the dark end stands out
    for (int i = 0; i < 256; ++i)
        m_colours[static_cast<std::size_t>(turns ? 255 - i : i)] = between(stops, i / 255.0);
}

QRgb ColourMap::at(double share) const
{
    return level(static_cast<int>(std::lround(std::clamp(std::isfinite(share) ? share : 0.0, 0.0, 1.0) * 255)));
}

ValueRange ValueRange::on(ColourScale scale) const
{
    if (scale != ColourScale::Diverging)
        return *this;
    const double most = std::max(std::abs(minimum), std::abs(maximum));
    return {-most, most};
}

double ValueRange::share(double value) const
{
    const double width = maximum - minimum;
    return width > 0 && std::isfinite(width) ? (value - minimum) / width : 0.5;
}

ColourScale scaleFor(const ValueRange &range)
{
    return range.minimum < 0 && range.maximum > 0 ? ColourScale::Diverging : ColourScale::Sequential;
}

QImage coloured(const QImage &grey, const ValueRange &from, const ValueRange &to, const ColourMap &map)
{
    std::array<QRgb, 256> table;
    for (int level = 0; level < 256; ++level)
        table[static_cast<std::size_t>(level)]
            = map.at(to.share(from.minimum + (from.maximum - from.minimum) * level / 255));
    const QImage levels = grey.convertToFormat(QImage::Format_Grayscale8);
    QImage made(levels.size(), QImage::Format_RGB32);
    for (int y = 0; y < levels.height(); ++y) {
        const uchar *in = levels.constScanLine(y);
        auto *out = reinterpret_cast<QRgb *>(made.scanLine(y));
        for (int x = 0; x < levels.width(); ++x)
            out[x] = table[in[x]];
    }
    return made;
}

} // namespace espalier
