// swift-tools-version: 6.1
import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "framesift",
    products: [
        .executable(name: "framesift", targets: ["framesift"]),
        // For programs of one's own; Samples/embed is one.
        .library(name: "FrameSampling", targets: ["FrameSampling"]),
        .library(name: "Moderation", targets: ["Moderation"]),
        .library(name: "Pipeline", targets: ["Pipeline"]),
        .library(name: "Wire", targets: ["Wire"]),
        .library(name: "Reports", targets: ["Reports"]),
        // The clock that a watch can be given.
        .library(name: "Runtime", targets: ["Runtime"]),
    ],
    // Exact versions, so that a build today and one next year are of the same sources: Package.resolved is not committed.
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/CoreOffice/XMLCoder", exact: "0.18.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: [
        // The command line: parse, call one library, print.
        .executableTarget(
            name: "framesift",
            dependencies: [
                "Base", "Batches", "CConfinement", "Callbacks", "Digests", "Endpoints", "FrameSampling", "KnownContent",
                "Moderation", "ObjectStorage", "OnDevice", "Pipeline", "Reports", "Runtime", "Server", "Store", "Wire",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: swiftSettings),

        // Many inputs, each with one result, and an index.
        .target(
            name: "Batches",
            dependencies: [
                "Base", "Digests", "FrameSampling", "Moderation", "ObjectStorage", "Pipeline", "Reports", "Runtime",
            ],
            swiftSettings: swiftSettings),

        // A finished timeline in the formats people read and programs parse.
        .target(
            name: "Reports",
            dependencies: ["Base", "Moderation", "Wire", .product(name: "Mustache", package: "swift-mustache")],
            resources: [
                .embedInCode("HTML/report.mustache"), .embedInCode("HTML/report.css"), .embedInCode("HTML/report.js"),
                .embedInCode("HTML/veil.js"), .embedInCode("HTML/index.mustache"),
                .embedInCode("HTML/index-row.mustache"),
                .embedInCode("HTML/index.js"),
                .embedInCode("HTML/diff.mustache"), .embedInCode("HTML/evaluation.mustache"),
                .embedInCode("HTML/calibration.mustache"), .embedInCode("HTML/calibration-category.mustache"),
            ],
            swiftSettings: swiftSettings),

        // The five services' APIs, answered by any judge.
        .target(
            name: "Server",
            dependencies: [
                "Base", "Callbacks", "Digests", "Forms", "FrameSampling", "HTTPTransport", "Moderation",
                "ObjectStorage", "Pipeline", "Reports", "Runtime", "Store", "Wire",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ],
            resources: [
                "dashboard.css", "dashboard.js", "list.mustache", "login.mustache", "page.mustache", "problem.mustache",
                "progress.mustache", "run.mustache", "runs.mustache",
            ].map { .embedInCode("Dashboard/" + $0) }
                + [
                    "arrivals.mustache", "card.mustache", "decided.mustache", "nocard.mustache", "note.mustache",
                    "review.css", "review.js", "review.mustache", "reviewed.mustache", "statistics.mustache",
                ].map { .embedInCode("Review/" + $0) },
            swiftSettings: swiftSettings),

        // What HTTP forms hold, out of their bytes. Pure: no I/O, no clock.
        .target(name: "Forms", swiftSettings: swiftSettings),

        // What outlives a process: judgements by hash, quotas, feedback, jobs. In SQLite or PostgreSQL.
        .target(
            name: "Store",
            dependencies: [
                "CPostgreSQL", "Digests", "Moderation", "Runtime", .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: swiftSettings),

        // The five services' messages. Pure: no C, no I/O, no clock.
        .target(
            name: "Wire",
            dependencies: ["Base", "Moderation", .product(name: "XMLCoder", package: "XMLCoder")],
            swiftSettings: swiftSettings),

        // Source → samples → judgements → timeline.
        .target(
            name: "Pipeline",
            dependencies: [
                "Base", "FrameSampling", "KnownContent", "Moderation", "Runtime",
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: swiftSettings),

        // Lists of known content, and pictures compared with them.
        .target(name: "KnownContent", dependencies: ["Base", "CPDQ", "Moderation"], swiftSettings: swiftSettings),

        // The five services as judges: manners, accounts, one folder a service.
        .target(
            name: "Endpoints",
            dependencies: [
                "Base", "Digests", "HTTPTransport", "Moderation", "Runtime", "Wire",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),

        // Callbacks and actions: stored before they are tried, and tried again.
        .target(
            name: "Callbacks",
            dependencies: [
                "Base", "CPrograms", "Digests", "HTTPTransport", "Moderation", "Runtime", "Store",
                .product(name: "Mustache", package: "swift-mustache"), .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: swiftSettings),

        // Objects in S3-compatible storage: listed, read, written.
        .target(
            name: "ObjectStorage",
            dependencies: [
                "Base", "Digests", "HTTPTransport", "Moderation", "Runtime",
                .product(name: "XMLCoder", package: "XMLCoder"),
            ],
            swiftSettings: swiftSettings),

        // Swift's owner of the HTTP client.
        .target(name: "HTTPTransport", dependencies: ["Base", "CHTTP"], swiftSettings: swiftSettings),

        // The judge that needs no account.
        .target(
            name: "OnDevice",
            dependencies: [
                "Base", "Digests", "FrameSampling", "Moderation", "Runtime", "TextContent", "COpenVINO", "CZBar",
                .product(name: "Yams", package: "Yams"),
            ],
            exclude: ["MODELS.md"],
            resources: [.embedInCode("Packs")],
            swiftSettings: swiftSettings),

        // Swift's owner of the C sampler.
        .target(
            name: "FrameSampling",
            dependencies: ["Base", "CFrameSampler", "CSandbox", "HTTPTransport", "Moderation", "Runtime"],
            swiftSettings: swiftSettings),

        // What recognised text says: listed words, personal data, its origin. Pure: no C, no I/O, no clock.
        .target(name: "TextContent", dependencies: ["Base", "Moderation"], swiftSettings: swiftSettings),

        // Vocabulary and rules. Pure: no C, no I/O, no clock.
        .target(name: "Moderation", dependencies: ["Base"], swiftSettings: swiftSettings),

        // What bytes are known by, and signed with. The system's OpenSSL, which libcurl brings anyway, need not be built.
        .target(name: "Digests", dependencies: ["Base", "COpenSSL"], swiftSettings: swiftSettings),

        // Threads for calls that block, and the clock.
        .target(name: "Runtime", swiftSettings: swiftSettings),

        // What the other rooms write and count alike: durations, times, hexadecimal digits, rates. Pure: no C, no I/O, no clock.
        .target(name: "Base", swiftSettings: swiftSettings),

        // The sampler of the room below, in processes that can do nothing else.
        .target(
            name: "CSandbox", dependencies: ["CConfinement", "CFrameSampler", "CHTTP"],
            linkerSettings: [.linkedLibrary("pthread")]),

        // The only room that sees FFmpeg, libturbojpeg and what else decodes images.
        .target(
            name: "CFrameSampler",
            dependencies: ["CHTTP", "CPoppler"],
            linkerSettings: [
                .linkedLibrary("avformat"), .linkedLibrary("avcodec"), .linkedLibrary("avutil"),
                .linkedLibrary("swscale"), .linkedLibrary("turbojpeg"), .linkedLibrary("heif"),
                .linkedLibrary("webp"), .linkedLibrary("webpdemux"), .linkedLibrary("raw_r"), .linkedLibrary("lcms2"),
                .linkedLibrary("pthread"), .linkedLibrary("m"),
            ]),

        // Where Poppler's headers are, and those of Cairo and GLib, which it speaks of.
        .systemLibrary(name: "CPoppler", pkgConfig: "poppler-glib"),

        // The only room that sees libcurl.
        .target(name: "CHTTP", linkerSettings: [.linkedLibrary("curl"), .linkedLibrary("pthread")]),

        // The only room that sees libpq.
        .target(name: "CPostgreSQL", linkerSettings: [.linkedLibrary("pq")]),

        // Programs that are run to their end, or to a deadline.
        .target(name: "CPrograms"),

        // OpenVINO's C interface, opened at run time.
        .target(name: "COpenVINO", linkerSettings: [.linkedLibrary("dl")]),

        // PDQ hashes, and the search among millions of them.
        .target(name: "CPDQ", linkerSettings: [.linkedLibrary("m")]),

        // Rights taken away from the process: Landlock, seccomp, limits.
        .target(name: "CConfinement", linkerSettings: [.linkedLibrary("seccomp")]),

        .systemLibrary(name: "COpenSSL"),

        .systemLibrary(name: "CZBar"),

        // The other side of the server's benchmark.
        .executableTarget(
            name: "judge-loop", dependencies: ["FrameSampling", "Moderation", "OnDevice", "Pipeline"],
            path: "Tests/Bench", swiftSettings: swiftSettings),

        // Calls through a client a name that is never resolved, for a test.
        .executableTarget(name: "black-hole", dependencies: ["CHTTP"], path: "Tests/Programs/CHTTP/black-hole"),

        // Does what an intruder would, for a test.
        .executableTarget(
            name: "intruder", dependencies: ["CConfinement"], path: "Tests/Programs/CConfinement/intruder"),

        // Runs a program as on a kernel without Landlock.
        .executableTarget(
            name: "old-kernel", path: "Tests/Programs/CConfinement/old-kernel",
            linkerSettings: [.linkedLibrary("seccomp")]),

        // Parsers under libFuzzer, or over files.
        .target(name: "FuzzDriver", path: "Tests/Fuzz/Swift/Driver", swiftSettings: swiftSettings),
        .executableTarget(
            name: "fuzz-forms", dependencies: ["Forms", "FuzzDriver"], path: "Tests/Fuzz/Swift/Forms",
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "fuzz-documents", dependencies: ["FuzzDriver", "Moderation", "Pipeline", "Reports", "Wire"],
            path: "Tests/Fuzz/Swift/Documents", swiftSettings: swiftSettings),

        // Fixtures, the oracle and programs, for the tests.
        .target(
            name: "TestSupport", dependencies: ["Moderation", "SandboxedTests"], path: "Tests/TestSupport",
            swiftSettings: swiftSettings),
        // Test programs have workers, which do on command what an intruder would.
        .target(
            name: "SandboxedTests", dependencies: ["CFrameSampler", "CSandbox"], path: "Tests/SandboxedTests",
            cSettings: [.headerSearchPath("../../Sources/CSandbox")]),
        .testTarget(
            name: "DigestsTests", dependencies: ["Digests", "TestSupport"], swiftSettings: swiftSettings),
        .testTarget(name: "BaseTests", dependencies: ["Base"], swiftSettings: swiftSettings),
        .testTarget(name: "RuntimeTests", dependencies: ["Runtime"], swiftSettings: swiftSettings),
        .testTarget(
            name: "ModerationTests", dependencies: ["Moderation"], exclude: ["calibration.json", "evaluation.json"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "WireTests", dependencies: ["Wire", "Moderation"], exclude: ["Samples"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "TextContentTests", dependencies: ["TextContent", "Moderation"], swiftSettings: swiftSettings),
        .testTarget(name: "FormsTests", dependencies: ["Forms"], swiftSettings: swiftSettings),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "framesift", "FrameSampling", "Moderation", "Pipeline", "Reports", "Runtime", "Server", "Store",
                "TestSupport", "Wire",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            exclude: ["documented-curl.txt"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "StoreTests",
            dependencies: [
                "Store", "Moderation", "TestSupport", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Yams", package: "Yams"),
            ],
            exclude: ["scenarios.yaml"],
            swiftSettings: swiftSettings),
        // The Debian package and the image.
        .testTarget(name: "PackagingTests", dependencies: ["framesift", "TestSupport"], swiftSettings: swiftSettings),
        // Several processes that share a database, in storms.
        .testTarget(name: "FleetTests", dependencies: ["framesift", "TestSupport"], swiftSettings: swiftSettings),
        .testTarget(
            name: "EndpointsTests",
            dependencies: ["Endpoints", "framesift", "Moderation", "Reports", "Runtime", "Store", "TestSupport"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "LiveTests", dependencies: ["framesift", "TestSupport"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "PagesTests", dependencies: ["framesift", "Moderation", "Reports", "TestSupport"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "CallbacksTests", dependencies: ["Callbacks", "Moderation", "Runtime", "Store", "TestSupport"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "CHTTPTests", dependencies: ["CHTTP", "TestSupport"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "CConfinementTests", dependencies: ["CConfinement", "TestSupport"], swiftSettings: swiftSettings),
        .testTarget(
            name: "HTTPTransportTests", dependencies: ["HTTPTransport", "TestSupport"], swiftSettings: swiftSettings),
        .testTarget(
            name: "ObjectStorageTests",
            dependencies: [
                "Digests", "framesift", "HTTPTransport", "Moderation", "ObjectStorage", "Reports", "Runtime",
                "TestSupport",
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "FrameSamplingTests",
            dependencies: ["Digests", "FrameSampling", "Moderation", "SandboxedTests", "TestSupport"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "OnDeviceTests",
            dependencies: ["Digests", "OnDevice", "FrameSampling", "Moderation", "TestSupport"],
            exclude: ["classifiers.json", "faces.json", "hands.json", "own-models"], swiftSettings: swiftSettings),
        .testTarget(
            name: "PipelineTests",
            dependencies: ["Pipeline", "FrameSampling", "KnownContent", "Moderation", "Runtime", "TestSupport"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "ReportsTests", dependencies: ["Reports", "Moderation"], swiftSettings: swiftSettings),
        .testTarget(
            name: "BatchesTests",
            dependencies: ["Batches", "FrameSampling", "Moderation", "Pipeline", "Reports", "TestSupport"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "KnownContentTests",
            dependencies: ["FrameSampling", "KnownContent", "Moderation", "TestSupport"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "CommandLineTests",
            dependencies: ["Digests", "framesift", "Moderation", "Pipeline", "Reports", "TestSupport", "Wire"],
            swiftSettings: swiftSettings),
    ]
)
