// SPDX-License-Identifier: Apache-2.0
// Tensors as pictures: every map at its place, levels that mean what they say, sizes that stay in bounds.
#include "engine/data/picture.h"
#include "engine/io/tensor_picture.h"

#include <QtTest>

#include <limits>

using namespace espalier;

namespace {

Picture decoded(const TensorPicture &picture)
{
    auto decoded = decodePicture(picture.png, 1, 0, "test");
    if (!decoded)
        qFatal("%s", decoded.error().message().c_str());
    return std::move(*decoded);
}

Tensor counting(Dims dims)
{
    Tensor tensor(DType::Float32, std::move(dims));
    for (std::int64_t i = 0; i < tensor.elements(); ++i)
        tensor.set(i, static_cast<double>(i));
    return tensor;
}

} // namespace

class TstTensorPicture : public QObject {
    Q_OBJECT
private slots:
    void allMapsOfTheSampleStandSideBySide()
    {
        const Tensor values = counting({2, 3, 2, 4}); // odd number of maps, not square
        const auto picture = drawMaps(values, mapsOf(values.dims(), true, 1), {});
        QVERIFY(picture.has_value());
        QCOMPARE(picture->cells, std::int64_t(3));
        QCOMPARE(picture->columns, std::int64_t(2));
        QCOMPARE(picture->minimum, 24.0);
        QCOMPARE(picture->maximum, 47.0);
        const Picture pixels = decoded(*picture);
        QCOMPARE(pixels.width, std::int64_t(8));
        QCOMPARE(pixels.height, std::int64_t(4));
        for (std::int64_t map = 0; map < 3; ++map)
            for (std::int64_t y = 0; y < 2; ++y)
                for (std::int64_t x = 0; x < 4; ++x) {
                    const double value = static_cast<double>(map * 8 + y * 4 + x);
                    const auto at = ((map / 2) * 2 + y) * 8 + (map % 2) * 4 + x;
                    QCOMPARE(int(pixels.pixels[static_cast<std::size_t>(at)]), qRound(value / 23 * 255));
                }
    }
    void eachMapMayHaveItsOwnRange()
    {
        const Tensor values = counting({4, 2, 1, 3}); // filters: one row for each output
        TensorPictureOptions options;
        options.together = false;
        const auto picture = drawMaps(values, mapsOf(values.dims(), false, 0), options);
        QVERIFY(picture.has_value());
        QCOMPARE(picture->columns, std::int64_t(2));
        QCOMPARE(picture->ranges.size(), std::size_t(8));
        QCOMPARE(picture->ranges[7].first, 21.0);
        const Picture pixels = decoded(*picture);
        for (std::size_t i = 0; i < pixels.pixels.size(); ++i)
            QCOMPARE(int(pixels.pixels[i]), i % 3 == 0 ? 0 : i % 3 == 1 ? 128 : 255);
    }
    void largeMapsShrinkToMeansAndManyStayInBounds()
    {
        const Tensor values = counting({1, 600});
        TensorPictureOptions options;
        options.edge = 300;
        const auto picture = drawMaps(values, mapsOf(values.dims(), true, 0), options);
        QCOMPARE(picture->shrink, std::int64_t(2));
        QCOMPARE(picture->width, std::int64_t(300));
        const Tensor many(DType::Float32, {1, 4096, 64, 64});
        const auto bounded = drawMaps(many, mapsOf(many.dims(), true, 0), {});
        QVERIFY(bounded.has_value());
        QVERIFY(bounded->width * bounded->height <= 4 << 20);
        QCOMPARE(bounded->cells, std::int64_t(4096));
    }
    void whatIsNoNumberIsBlackAndHarmless()
    {
        Tensor values(DType::Float32, {1, 4});
        values.set(0, std::numeric_limits<double>::quiet_NaN());
        values.set(1, std::numeric_limits<double>::infinity());
        values.set(2, 1);
        values.set(3, 3);
        const auto picture = drawMaps(values, mapsOf(values.dims(), true, 0), {});
        QCOMPARE(picture->minimum, 1.0);
        QCOMPARE(decoded(*picture).pixels, (std::vector<std::uint8_t>{0, 0, 0, 255}));
        const Tensor scalar = Tensor::scalar(2.0F);
        QVERIFY(drawMaps(scalar, mapsOf(scalar.dims(), false, 0), {}).has_value());
        const Tensor empty(DType::Float32, {0, 3});
        QVERIFY(!drawMaps(empty, mapsOf(empty.dims(), false, 0), {}).has_value());
    }
};

QTEST_GUILESS_MAIN(TstTensorPicture)
#include "tst_tensor_picture.moc"
