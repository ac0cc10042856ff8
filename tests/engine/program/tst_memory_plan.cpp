// SPDX-License-Identifier: Apache-2.0
// Buffers that live at the same time never overlap, and memory is reused.
#include "engine/base/philox.h"
#include "engine/program/memory_plan.h"

#include <QtTest>

using namespace espalier;

class TstMemoryPlan : public QObject {
    Q_OBJECT
private slots:
    void aChainNeedsTwoBuffers()
    {
        std::vector<Lifetime> chain;
        for (int i = 0; i < 10; ++i)
            chain.push_back({1000, i, i + 1});
        const MemoryPlan plan = planMemory(chain);
        QCOMPARE(plan.arenaBytes, std::size_t(2048));
    }
    void randomLivesNeverOverlap()
    {
        for (std::uint64_t seed = 0; seed < 50; ++seed) {
            std::vector<Lifetime> lives;
            for (std::uint64_t i = 0; i < 60; ++i) {
                const auto w = philox4x32({static_cast<std::uint32_t>(i), 0, 0, 0}, philoxKey(seed, 1));
                const int first = static_cast<int>(w[0] % 40);
                lives.push_back({w[1] % 5000, first, first + static_cast<int>(w[2] % 10)});
            }
            const MemoryPlan plan = planMemory(lives);
            for (std::size_t a = 0; a < lives.size(); ++a) {
                QCOMPARE(plan.offsets[a] % 64, std::size_t(0));
                QVERIFY(plan.offsets[a] + lives[a].bytes <= plan.arenaBytes);
                for (std::size_t b = a + 1; b < lives.size(); ++b) {
                    if (lives[a].last < lives[b].first || lives[b].last < lives[a].first)
                        continue;
                    QVERIFY(plan.offsets[a] + lives[a].bytes <= plan.offsets[b]
                            || plan.offsets[b] + lives[b].bytes <= plan.offsets[a]);
                }
            }
        }
    }
};

QTEST_GUILESS_MAIN(TstMemoryPlan)
#include "tst_memory_plan.moc"
