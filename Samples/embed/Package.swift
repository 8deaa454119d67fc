// swift-tools-version: 6.1
import PackageDescription

// A program of its own that uses Framesift's libraries. Outside of this repository, the dependency is
// `.package(url: …, exact: "0.2.0")`.
let package = Package(
    name: "embed",
    dependencies: [.package(name: "framesift", path: "../..")],
    targets: [
        .executableTarget(
            name: "embed",
            dependencies: [
                .product(name: "FrameSampling", package: "framesift"),
                .product(name: "Moderation", package: "framesift"),
                .product(name: "Pipeline", package: "framesift"),
            ])
    ]
)
