// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers as colours that people with any kind of colour vision can tell apart, in either theme.
#pragma once

#include <QtGui/QColor>

#include <array>

class QImage;

namespace espalier {

enum class ColourScale {
    Sequential, ///< viridis: small recedes into the surface, great stands out
    Diverging, ///< blue, neutral, orange: zero recedes into the surface
    Grey, ///< black to white: photographs
};

/// 256 colours from the least to the greatest value.
class ColourMap {
public:
    ColourMap(ColourScale scale, bool isDark);

    /// `share` in 0..1; what lies outside counts as the nearer end.
    QRgb at(double share) const;
    QRgb level(int level) const { return m_colours[static_cast<std::size_t>(level & 255)]; }

private:
    std::array<QRgb, 256> m_colours;
};

/// Which values the two ends of a scale stand for.
struct ValueRange {
    double minimum = 0;
    double maximum = 1;

    /// Diverging scales have zero in the middle: the range becomes as wide on both sides.
    ValueRange on(ColourScale scale) const;
    /// Where a value lies; 0.5 in a range without width.
    double share(double value) const;
    friend bool operator==(const ValueRange &, const ValueRange &) = default;
};

/// The scale that suits: diverging where values lie on both sides of zero.
ColourScale scaleFor(const ValueRange &range);

/// A grey picture whose levels 0..255 stand for `from` in the colours of a scale that spans `to`.
QImage coloured(const QImage &grey, const ValueRange &from, const ValueRange &to, const ColourMap &map);

} // namespace espalier
