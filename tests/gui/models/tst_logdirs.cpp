// SPDX-License-Identifier: GPL-3.0-or-later
// Logdirs of PyTorch and Keras show TensorBoard's own numbers, while they grow, are damaged, replaced and vanish.
#include "gui/models/run_store.h"
#include "tests/gui/models/run_support.h"
#include "widgets/charts/histogram_series.h"

#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>

#include <filesystem>
#include <random>

using namespace espalier;

namespace {

const QString kLogdirs = QStringLiteral(ESPALIER_SOURCE_DIR "/tests/gui/models/logdirs");

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QJsonObject golden()
{
    return QJsonDocument::fromJson(contentOf(kLogdirs + QStringLiteral("/golden.json"))).object();
}

QStringList eventFiles(const QString &folder)
{
    QStringList paths;
    for (const QString &name : QDir(folder).entryList({QStringLiteral("*tfevents*")}, QDir::Files, QDir::Name))
        paths.append(folder + QLatin1Char('/') + name);
    return paths;
}

} // namespace

class TstLogdirs : public QObject {
    Q_OBJECT
private slots:
    void initTestCase()
    {
        isolateRuns();
        m_engine = std::make_unique<TestEngine>();
    }
    void cleanupTestCase() { m_engine.reset(); }
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_store = std::make_unique<RunStore>(&m_engine->client);
    }
    void cleanup() { m_store.reset(); }

    void theNumbersAreTensorBoards_data();
    void theNumbersAreTensorBoards();
    void hyperParametersAreSettings();
    void picturesAreReadAgain();
    void aFileThatGrowsIsFollowed();
    void aReplacedFileIsReadAnew();
    void aDamagedFileIsShownAsFarAsItGoes();
    void zerosThatAreFilledLaterAreNoDamage();
    void aFolderThatVanishesIsASentence();
    void aFolderThatIsNoneIsASentence();
    void runsOfOursAreThereToo();

private:
    /// Copies the events of a fixture into a run of the temporary folder; the path of the file.
    QString copyFile(const QString &run) const
    {
        QDir(m_folder->path()).mkpath(run);
        QString target = m_folder->filePath(run + QStringLiteral("/events.out.tfevents.1.host.1.0"));
        QFile::copy(eventFiles(kLogdirs + QStringLiteral("/pytorch/fast")).constFirst(), target);
        return target;
    }
    static void write(const QString &path, const QByteArray &bytes, QIODevice::OpenMode mode = QIODevice::Truncate)
    {
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly | mode));
        file.write(bytes);
    }
    QString openAndFollow(const QString &name)
    {
        m_store->openLogdir(m_folder->path());
        (void)QTest::qWaitFor([&] { return !m_store->runs().isEmpty(); }, kEnginePatience);
        for (const QString &run : m_store->runs())
            if (m_store->info(run)->name == name) {
                m_store->follow(run);
                (void)QTest::qWaitFor([&] { return m_store->isComplete(run); }, kEnginePatience);
                return run;
            }
        return {};
    }
    qsizetype points(const QString &run) const
    {
        const auto series = m_store->series(run, QStringLiteral("loss/train"));
        return series ? series->size() : 0;
    }

    std::unique_ptr<TestEngine> m_engine;
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<RunStore> m_store;
};

void TstLogdirs::theNumbersAreTensorBoards_data()
{
    QTest::addColumn<QString>("name");
    const QJsonObject all = golden();
    for (auto it = all.begin(); it != all.end(); ++it)
        QTest::newRow(qPrintable(it.key())) << it.key();
}

void TstLogdirs::theNumbersAreTensorBoards()
{
    QFETCH(QString, name);
    m_store->openLogdir(kLogdirs);
    const QString run = QFileInfo(kLogdirs + QLatin1Char('/') + name).canonicalFilePath();
    QTRY_VERIFY_WITH_TIMEOUT(m_store->info(run), kEnginePatience);
    QCOMPARE(m_store->info(run)->name, name);
    QVERIFY(m_store->info(run)->isForeign);
    m_store->follow(run);
    QTRY_VERIFY_WITH_TIMEOUT(m_store->isComplete(run), kEnginePatience);
    QCOMPARE(m_store->problems(run), QStringList());
    const QJsonObject expected = golden()[name].toObject();

    const QJsonObject scalars = expected[QStringLiteral("scalars")].toObject();
    QCOMPARE(m_store->tags(run, RunStore::TagKind::Scalar), scalars.keys());
    for (const QString &tag : scalars.keys()) {
        const QJsonArray values = scalars[tag].toArray();
        const PlainPoints points = pointsOf(*m_store->series(run, tag));
        QCOMPARE(points.size(), static_cast<std::size_t>(values.size()));
        for (qsizetype i = 0; i < values.size(); ++i) {
            const PlainPoint &point = points[static_cast<std::size_t>(i)];
            QCOMPARE(point.step, values[i][0].toInteger());
            if (values[i][1].isNull())
                QVERIFY(!std::isfinite(point.value));
            else
                QCOMPARE(point.value, static_cast<float>(values[i][1].toDouble()));
        }
    }
    const QJsonObject histograms = expected[QStringLiteral("histograms")].toObject();
    QCOMPARE(m_store->tags(run, RunStore::TagKind::Histogram), histograms.keys());
    for (const QString &tag : histograms.keys()) {
        const QJsonArray values = histograms[tag].toArray();
        const auto series = m_store->histograms(run, tag);
        QCOMPARE(series->size(), values.size());
        for (qsizetype i = 0; i < values.size(); ++i) {
            QCOMPARE(series->at(i).step, values[i][0].toInteger());
            QVERIFY(qAbs(series->at(i).count() - values[i][1].toDouble()) < 1e-3 * values[i][1].toDouble() + 1e-9);
        }
    }
    const QJsonObject images = expected[QStringLiteral("images")].toObject();
    QCOMPARE(m_store->tags(run, RunStore::TagKind::Image), images.keys());
    for (const QString &tag : images.keys()) {
        const QJsonArray values = images[tag].toArray();
        const QList<RunStore::Stamp> stamps = m_store->imageStamps(run, tag);
        QCOMPARE(stamps.size(), values.size());
        for (qsizetype i = 0; i < values.size(); ++i) {
            QCOMPARE(stamps[i].step, values[i][0].toInteger());
            std::optional<qsizetype> bytes;
            m_store->imageAt(run, tag, stamps[i].step, this,
                             [&](const QByteArray &encoded, qint64 /*step*/) { bytes = encoded.size(); });
            QTRY_COMPARE(bytes.value_or(-1), values[i][1].toInteger());
        }
    }
    const QJsonObject texts = expected[QStringLiteral("texts")].toObject();
    for (const QString &tag : texts.keys()) {
        const QJsonArray values = texts[tag].toArray();
        QCOMPARE(m_store->texts(run, tag).size(), values.size());
        QCOMPARE(m_store->texts(run, tag).constFirst().cells.constFirst(), values[0][1].toString());
    }
}

void TstLogdirs::hyperParametersAreSettings()
{
    m_store->openLogdir(kLogdirs);
    const QString run = QFileInfo(kLogdirs + QStringLiteral("/pytorch/fast")).canonicalFilePath();
    QTRY_VERIFY_WITH_TIMEOUT(m_store->info(run), kEnginePatience);
    m_store->follow(run);
    QTRY_COMPARE_WITH_TIMEOUT(m_store->info(run)->settings.size(), 3, kEnginePatience);
    const QMap<QString, JsonValue> &settings = m_store->info(run)->settings;
    QCOMPARE(settings[QStringLiteral("rate")].number(), 0.1);
    QCOMPARE(settings[QStringLiteral("optimizer")].string(), std::string("adam"));
    QCOMPARE(settings[QStringLiteral("nesterov")].number(), 1.0); // PyTorch writes a bool as a number
}

void TstLogdirs::picturesAreReadAgain()
{
    copyFile(QStringLiteral("a"));
    const QString run = openAndFollow(QStringLiteral("a"));
    const QString tag = QStringLiteral("filters");
    QByteArray before;
    m_store->imageAt(run, tag, 1000, this, [&](const QByteArray &encoded, qint64 step) {
        before = encoded;
        QCOMPARE(step, 59);
    });
    QVERIFY(before.startsWith("\x89PNG")); // it was in memory
    m_store->forgetImages();
    QByteArray again;
    m_store->imageAt(run, tag, 1000, this, [&](const QByteArray &encoded, qint64 /*step*/) { again = encoded; });
    QVERIFY(again.isEmpty());
    QTRY_COMPARE(again, before);
    bool wasTold = false;
    m_store->imageAt(run, tag, 8, this, [&](const QByteArray &encoded, qint64 /*step*/) {
        QVERIFY(encoded.isEmpty()); // before the first one
        wasTold = true;
    });
    QVERIFY(wasTold);
}

void TstLogdirs::aFileThatGrowsIsFollowed()
{
    const QString path = copyFile(QStringLiteral("a"));
    const QByteArray whole = contentOf(path);
    write(path, whole.left(whole.size() / 3));
    const QString run = openAndFollow(QStringLiteral("a"));
    const qsizetype before = points(run);
    QVERIFY(before > 0);
    QVERIFY(m_store->problems(run).isEmpty()); // a tail that is not whole means: wait
    write(path, whole.mid(whole.size() / 3), QIODevice::Append);
    QTRY_COMPARE_WITH_TIMEOUT(points(run), 61, kEnginePatience);
    QCOMPARE(difference(*m_store, run), QString());
    // A second run begins.
    copyFile(QStringLiteral("b/c"));
    QTRY_COMPARE_WITH_TIMEOUT(m_store->runs().size(), 2, kEnginePatience);
}

void TstLogdirs::aReplacedFileIsReadAnew()
{
    const QString path = copyFile(QStringLiteral("a"));
    const QByteArray whole = contentOf(path);
    const QString run = openAndFollow(QStringLiteral("a"));
    QCOMPARE(points(run), 61);
    write(path + QStringLiteral(".new"), whole.left(whole.size() / 3));
    std::filesystem::rename((path + QStringLiteral(".new")).toStdString(), path.toStdString());
    QTRY_VERIFY_WITH_TIMEOUT(points(run) > 0 && points(run) < 61, kEnginePatience);
    QTRY_COMPARE(difference(*m_store, run), QString());
}

void TstLogdirs::aDamagedFileIsShownAsFarAsItGoes()
{
    const QByteArray whole = contentOf(copyFile(QStringLiteral("whole")));
    std::mt19937 random(7);
    QStringList sound{QStringLiteral("whole")};
    for (int i = 0; i < 30; ++i) {
        const QString name = QStringLiteral("bad%1").arg(i);
        QByteArray bad = whole;
        const auto at = static_cast<qsizetype>(random() % static_cast<unsigned>(bad.size() / 2));
        const auto length = static_cast<qsizetype>(100 + random() % 3000);
        for (qsizetype j = at; j < at + length; ++j)
            bad[j] = i % 3 == 0 ? '\0' : static_cast<char>(random());
        write(copyFile(name), bad);
        if (bad == whole) // zeros where there were zeros
            sound.append(name);
    }
    openAndFollow(QStringLiteral("whole"));
    for (const QString &run : m_store->runs())
        m_store->follow(run);
    for (const QString &run : m_store->runs()) {
        QTRY_VERIFY_WITH_TIMEOUT(m_store->isComplete(run), kEnginePatience);
        QCOMPARE(difference(*m_store, run), QString());
        const bool isWhole = sound.contains(m_store->info(run)->name);
        QCOMPARE(m_store->problems(run).isEmpty(), isWhole);
        QVERIFY(points(run) >= 25);
        if (!isWhole)
            QVERIFY2(m_store->problems(run).constFirst().contains(QStringLiteral("damaged")),
                     qPrintable(m_store->problems(run).constFirst()));
    }
}

void TstLogdirs::zerosThatAreFilledLaterAreNoDamage()
{
    const QString path = copyFile(QStringLiteral("a"));
    const QByteArray whole = contentOf(path);
    const qsizetype cut = whole.size() / 2;
    write(path, whole.left(cut) + QByteArray(4096, '\0')); // a page of a network file system
    const QString run = openAndFollow(QStringLiteral("a"));
    QVERIFY(points(run) > 0 && points(run) < 61);
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadWrite));
    file.seek(cut);
    file.write(whole.mid(cut));
    file.close();
    QTRY_COMPARE_WITH_TIMEOUT(points(run), 61, kEnginePatience);
    QTRY_VERIFY(m_store->problems(run).isEmpty());
    QCOMPARE(difference(*m_store, run), QString());
}

void TstLogdirs::aFolderThatVanishesIsASentence()
{
    copyFile(QStringLiteral("a"));
    const QString run = openAndFollow(QStringLiteral("a"));
    QVERIFY(QDir(m_folder->filePath(QStringLiteral("a"))).removeRecursively());
    QTRY_VERIFY_WITH_TIMEOUT(m_store->info(run)->isGone, kEnginePatience);
    QCOMPARE(points(run), 61); // what was read stays
    QVERIFY(m_folder->remove());
    QTRY_VERIFY_WITH_TIMEOUT(!m_store->logdirProblem(m_folder->path()).isEmpty(), kEnginePatience);
    QVERIFY(m_store->logdirProblem(m_folder->path()).contains(m_folder->path()));
    m_store->closeLogdir(m_folder->path());
    QTRY_VERIFY(m_store->runs().isEmpty());
}

void TstLogdirs::aFolderThatIsNoneIsASentence()
{
    std::optional<QString> problem;
    m_store->openLogdir(QStringLiteral("/no/such/folder"), [&](const QString &text) { problem = text; });
    QTRY_VERIFY(problem.has_value());
    QVERIFY(problem->contains(QStringLiteral("/no/such/folder")));
    QVERIFY(m_store->logdirs().isEmpty());
}

void TstLogdirs::runsOfOursAreThereToo()
{
    const QString run = m_engine->train(m_folder->path(), QStringLiteral("ours"), 1);
    copyFile(QStringLiteral("theirs"));
    m_store->openLogdir(m_folder->path());
    QTRY_COMPARE_WITH_TIMEOUT(m_store->runs().size(), 2, kEnginePatience);
    QVERIFY(!m_store->info(run)->isForeign);
    m_store->follow(run);
    QTRY_COMPARE_WITH_TIMEOUT(m_store->info(run)->state, QStringLiteral("finished"), kEnginePatience);
    QTRY_VERIFY(m_store->isComplete(run));
    QCOMPARE(difference(*m_store, run), QString());
}

QTEST_GUILESS_MAIN(TstLogdirs)
#include "tst_logdirs.moc"
