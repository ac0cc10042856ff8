// SPDX-License-Identifier: Apache-2.0
// Checksums against published vectors, and ids.
#include "engine/base/crc32c.h"
#include "engine/base/ids.h"

#include <QtTest>

#include <set>

using namespace espalier;

class TstChecksum : public QObject {
    Q_OBJECT
private slots:
    void crcMatchesThePublishedVectors()
    {
        QCOMPARE(crc32c(std::string(32, '\0')), 0x8A9136AAu);
        QCOMPARE(crc32c(std::string(32, '\xff')), 0x62A8AB43u); // RFC 3720, B.4
        QCOMPARE(crc32c("123456789"), 0xE3069283u);
        QCOMPARE(crc32c(""), 0u);
        QCOMPARE(maskedCrc(crc32c("\x1a\x11"
                                  "CRC test, one two")),
                 0x5794D08Au);
    }
    void crcGoesOnWhereItEnded()
    {
        std::string text;
        for (int i = 0; i < 100; ++i)
            text += static_cast<char>(i * 37);
        for (std::size_t cut = 0; cut <= text.size(); ++cut)
            QCOMPARE(crc32c(text.substr(cut), crc32c(text.substr(0, cut))), crc32c(text));
    }
    void idsAreTenCharactersAndDiffer()
    {
        std::set<std::string> seen;
        for (int i = 0; i < 10000; ++i) {
            const std::string id = newId();
            QVERIFY2(isId(id), id.c_str());
            QVERIFY(seen.insert(id).second);
        }
    }
    void whatIsNoIdIsToldApart()
    {
        for (const char *text : {"", "abc", "abcdefghijk", "ABCDEFGHIJ", "abcdefgh1j", "abcdefgh j"})
            QVERIFY2(!isId(text), text);
        QVERIFY(isId("abcdefgh27"));
    }
};

QTEST_GUILESS_MAIN(TstChecksum)
#include "tst_checksum.moc"
