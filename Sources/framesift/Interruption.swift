import Dispatch
import Foundation
import Pipeline

/// On Ctrl-C or SIGTERM, ends a run with what it has. A second signal ends the program at once.
final class Interruption {
    private let sources: [any DispatchSourceSignal]

    init(_ stop: StopSignal) {
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                if stop.isStopped { _exit(130) }
                stop.stop()
            }
            source.resume()
            return source
        }
    }
}
