import ArgumentParser
import Base
import Callbacks
import Foundation
import Moderation
import Reports
import Store
import Wire

/// Where callbacks go, and when.
struct CallbackArguments: ParsableArguments {
    @Option(
        help: """
            Post Sightengine's callback to this address when a threshold is crossed, at the end, and on failure. Can \
            be repeated. Signed if FRAMESIFT_CALLBACK_SECRET is set.
            """)
    var callbackUrl: [String] = []

    @Option(
        help: "CATEGORY=PROBABILITY from which on a callback is due. Default 0.5 for each category. Can be repeated.")
    var callthreshold: [String] = []

    func validate() throws {
        guard callbackUrl.allSatisfy({ WebAddress.isValid($0) }) else {
            throw ValidationError("--callback-url has to be an http:// or https:// address.")
        }
        for text in callthreshold where Self.threshold(text) == nil {
            throw ValidationError(
                "--callthreshold has to be a category and a probability, such as nudity.explicit=0.8.")
        }
        if !callthreshold.isEmpty && callbackUrl.isEmpty {
            throw ValidationError("--callthreshold needs --callback-url.")
        }
    }

    private static func threshold(_ text: String) -> (name: String, value: Double)? {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, let value = Double(parts[1]), (0...1).contains(value) else { return nil }
        return (parts[0], value)
    }

    /// The probability from which on each requested category makes a callback due.
    /// - Throws: `TaskError` for an unknown name.
    func thresholds(_ request: ModerationRequest) throws -> [ContentCategory: Double] {
        let asked = request.asked
        let harmful = asked.filter { request.policy.isHarmful($0, asked: asked) }
        var found = harmful.reduce(into: [ContentCategory: Double]()) { $0[$1] = 0.5 }
        for (name, value) in callthreshold.compactMap(Self.threshold) {
            guard let task = TaskVocabulary.ofServices.task(named: name, ownCategories: asked) else {
                throw TaskError.unknown(name: name, known: TaskVocabulary.ofServices.names)
            }
            for category in task.categories where asked.contains(category) { found[category] = value }
        }
        return found
    }

    /// The courier to deliver callbacks and actions; `nil` if there are neither addresses nor actions.
    /// - Parameter report: Called after each attempt of an action.
    func courier(
        _ actions: Actions, report: @escaping @Sendable (ActionOutcome) -> Void
    ) throws -> CallbackCourier? {
        guard !callbackUrl.isEmpty || !actions.kinds.isEmpty else { return nil }
        let store = try Store.standard()
        let secret = ProcessInfo.processInfo.environment["FRAMESIFT_CALLBACK_SECRET"]
        return try CallbackCourier(
            store: store, userAgent: Framesift.userAgent, secret: secret, actions: actions,
            reportAction: { report($1) }
        ) { callback, outcome in
            switch outcome {
            case .delivered: break
            case .failed(let reason, _):
                printError("framesift: a callback was not accepted (\(reason)) and will be tried again")
            case .givenUp(let reason): printError("framesift: a callback was given up (\(reason))")
            }
        }
    }
}

/// The callbacks of one watched stream.
actor StreamCallbacks {
    private var log: CallbackTracker
    private let urls: [String]
    /// Hits may still turn out to be none, so nothing is decided before the end.
    private let looksAgain: Bool
    private let courier: CallbackCourier

    /// - Parameter tellsDecision: A policy was given, and the callbacks say what it decides.
    init(
        _ name: String, _ arguments: CallbackArguments, _ request: ModerationRequest, _ courier: CallbackCourier,
        tellsDecision: Bool
    ) throws {
        let id = Self.makeID()
        log = CallbackTracker(
            media: SightengineMedia(id: "med_" + id, uri: name), id: "req_" + id, request,
            thresholds: try arguments.thresholds(request), started: Date().timeIntervalSince1970,
            tellsDecision: tellsDecision)
        urls = arguments.callbackUrl
        looksAgain = request.policy.confirm != nil
        self.courier = courier
    }

    static func makeID() -> String { UUID().uuidString.lowercased().filter { $0 != "-" } }

    func hear(_ sample: TimelineSample) async {
        if log.add(sample).isDue { await send("ongoing", looksAgain || !log.decision.isRejected ? nil : .ko) }
    }

    func hear(_ event: LiveEvent) async {
        switch event.content {
        case .segmentOpened(let segment), .segmentUpdated(let segment), .segmentClosed(let segment): log.note(segment)
        case .summary(let summary):
            let status =
                summary.state == .failed ? "failure" : summary.reason == "stopped" ? "stopped" : "finished"
            await send(status, summary.decision)
        default: break
        }
    }

    /// - Parameter decision: `nil`: not yet.
    private func send(_ status: String, _ decision: Decision?) async {
        let progress = log.progress(status, decision, now: Date().timeIntervalSince1970)
        guard let body = try? WireJSON.encode(progress) else { return }
        for url in urls {
            do {
                let isNoted = try await courier.owe(body, media: log.media.id, to: url, isGuarded: false)
                if !isNoted { printError("framesift: a callback was dropped because too many are waiting") }
            } catch {
                printError("framesift: a callback could not be stored: \(error)")
            }
        }
    }
}
