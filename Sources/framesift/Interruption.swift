import Foundation
import Pipeline

extension StopSignal {
    /// Stopped by Ctrl-C or SIGTERM, so that a run ends with what it has. A second signal ends the program at once.
    static func whenInterrupted() -> StopSignal {
        let stop = StopSignal()
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                // The handler holds its source, which would end with this call otherwise.
                defer { withExtendedLifetime(source) {} }
                if stop.isStopped { _exit(130) }
                stop.stop()
            }
            source.resume()
        }
        return stop
    }
}
