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
        .executable(name: "framesift", targets: ["framesift"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // The command line: parse, call one library, print.
        .executableTarget(
            name: "framesift",
            dependencies: [
                "FrameSampling", "Moderation", "OnDevice", "Pipeline", "Reports",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: swiftSettings),

        // A finished timeline in the formats people read and programs parse.
        .target(name: "Reports", dependencies: ["Moderation"], swiftSettings: swiftSettings),

        // Source → samples → judgements → timeline.
        .target(
            name: "Pipeline",
            dependencies: ["FrameSampling", "Moderation", .product(name: "Yams", package: "Yams")],
            swiftSettings: swiftSettings),

        // The judge that needs no account.
        .target(
            name: "OnDevice",
            dependencies: [
                "FrameSampling", "Moderation", "COpenVINO", "CZBar",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Yams", package: "Yams"),
            ],
            exclude: ["Packs"],
            swiftSettings: swiftSettings),

        // Swift's owner of the C sampler.
        .target(
            name: "FrameSampling", dependencies: ["CFrameSampler", "Moderation"], swiftSettings: swiftSettings),

        // Vocabulary and rules. Pure: no C, no I/O, no clock.
        .target(name: "Moderation", swiftSettings: swiftSettings),

        // The only room that sees FFmpeg and libturbojpeg.
        .target(
            name: "CFrameSampler",
            linkerSettings: [
                .linkedLibrary("avformat"), .linkedLibrary("avcodec"), .linkedLibrary("avutil"),
                .linkedLibrary("swscale"), .linkedLibrary("turbojpeg"), .linkedLibrary("pthread"),
                .linkedLibrary("m"),
            ]),

        // OpenVINO's C interface, opened at run time.
        .target(name: "COpenVINO", linkerSettings: [.linkedLibrary("dl")]),

        .systemLibrary(name: "CZBar"),

        // Fixtures, the oracle and programs, for the tests.
        .target(
            name: "TestSupport", dependencies: ["Moderation"], path: "Tests/TestSupport", swiftSettings: swiftSettings),
        .testTarget(name: "ModerationTests", dependencies: ["Moderation"], swiftSettings: swiftSettings),
        .testTarget(
            name: "FrameSamplingTests",
            dependencies: [
                "FrameSampling", "Moderation", "TestSupport", .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "OnDeviceTests", dependencies: ["OnDevice", "FrameSampling", "Moderation", "TestSupport"],
            exclude: ["reference.py"], swiftSettings: swiftSettings),
        .testTarget(
            name: "PipelineTests", dependencies: ["Pipeline", "FrameSampling", "Moderation", "TestSupport"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "ReportsTests", dependencies: ["Reports", "Moderation"], swiftSettings: swiftSettings),
        .testTarget(
            name: "CommandLineTests", dependencies: ["framesift", "Reports", "Moderation", "TestSupport"],
            swiftSettings: swiftSettings),
    ]
)
