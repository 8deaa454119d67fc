import FrameSampling
import Moderation

/// Hears of each picture once it is judged, before it is released: not in order, and on a thread that may block.
public protocol PictureListener: Sendable {
    /// - Parameters:
    ///   - position: In ms.
    ///   - judgement: `nil` if judging failed.
    func note(_ picture: DecodedPicture, position: Int, judgement: Judgement?)
}
