import Base
import Digests
import Foundation

/// Lets a receiver verify that a callback is from a holder of the shared secret, and when it was sent.
///
/// `X-Framesift-Signature: t=1700000000,v1=5257a8…`, where `v1` is the HMAC-SHA-256, in hexadecimal, of the time, a
/// period and the body.
public enum CallbackSignature {
    /// The name of the header.
    public static let header = "X-Framesift-Signature"

    /// The value of the header.
    /// - Parameter time: Unix seconds.
    public static func value(body: Data, secret: String, time: Int) -> String {
        let code = MessageAuthentication.sha256(of: Data("\(time).".utf8) + body, key: Data(secret.utf8))
        return "t=\(time),v1=" + code.hexadecimal
    }
}
