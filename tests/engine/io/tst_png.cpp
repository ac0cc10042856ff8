// SPDX-License-Identifier: Apache-2.0
// PNG bytes, read back by libpng.
#include "engine/io/png.h"

#include <QtTest>

#include <png.h>

#include <vector>

using namespace espalier;

class TstPng : public QObject {
    Q_OBJECT
private slots:
    void picturesSurvive_data()
    {
        QTest::addColumn<int>("channels");
        QTest::newRow("grey") << 1;
        QTest::newRow("colour") << 3;
        QTest::newRow("with alpha") << 4;
    }
    void picturesSurvive()
    {
        QFETCH(int, channels);
        constexpr int kWidth = 5;
        constexpr int kHeight = 3;
        std::vector<std::uint8_t> pixels;
        pixels.reserve(std::size_t(kWidth) * kHeight * 4);
        for (int i = 0; i < kWidth * kHeight * channels; ++i)
            pixels.push_back(static_cast<std::uint8_t>(i * 17));
        const auto bytes = encodePng(pixels, kWidth, kHeight, channels);
        QVERIFY(bytes);
        QCOMPARE(*encodePng(pixels, kWidth, kHeight, channels), *bytes);
        png_image image = {};
        image.version = PNG_IMAGE_VERSION;
        QVERIFY(png_image_begin_read_from_memory(&image, bytes->data(), bytes->size()) != 0);
        QCOMPARE(int(image.width), kWidth);
        QCOMPARE(int(image.height), kHeight);
        QCOMPARE(int(PNG_IMAGE_PIXEL_CHANNELS(image.format)), channels);
        std::vector<std::uint8_t> back(PNG_IMAGE_SIZE(image));
        QVERIFY(png_image_finish_read(&image, nullptr, back.data(), 0, nullptr) != 0);
        QCOMPARE(back, pixels);
    }
    void impossibleSizesAreRefused()
    {
        QCOMPARE(encodePng({}, 0, 4, 1).error().code, std::string("png.size"));
        QCOMPARE(encodePng({}, 1, 100000, 3).error().code, std::string("png.size"));
    }
};

QTEST_GUILESS_MAIN(TstPng)
#include "tst_png.moc"
