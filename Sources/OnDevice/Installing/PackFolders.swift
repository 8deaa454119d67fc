import Foundation

extension Installation {
    /// Copies a user's own pack to `ownPacks` after checking its manifest and files.
    /// - Parameter folder: The path of the pack's folder.
    /// - Returns: The copy.
    /// - Throws: `OnDeviceError`, or an error of `FileHandle` if a file cannot be read.
    public func add(folder: String) throws -> Pack {
        let files = FileManager.default
        let pack = try Pack(folder: folder)
        try checkName(pack.name)
        guard let parent = ownPacks else {
            throw OnDeviceError(.notWritten, "There is no folder for packs; set HOME or XDG_DATA_HOME.")
        }
        let staged = parent + "/.adding-" + UUID().uuidString
        defer { try? files.removeItem(atPath: staged) }
        let target = parent + "/" + pack.name
        do {
            try files.createDirectory(atPath: staged, withIntermediateDirectories: true)
            for name in [Pack.manifestName] + pack.fileNames {
                let source = URL(fileURLWithPath: folder).appendingPathComponent(name).resolvingSymlinksInPath()
                guard files.fileExists(atPath: source.path) else {
                    throw OnDeviceError(
                        .notInstalled, "\(folder)/\(name) is missing; the manifest of \(pack.name) lists it.")
                }
                try files.copyItem(atPath: source.path, toPath: staged + "/" + name)
            }
        } catch let error as OnDeviceError {
            throw error
        } catch {
            throw OnDeviceError(.notWritten, "The pack \(pack.name) could not be copied to \(parent).")
        }
        // Check the copy rather than the original, because the copy will be used.
        try Pack(folder: staged).verify()
        guard rename(staged, target) == 0 else {
            throw OnDeviceError(.notWritten, "\(target): \(String(cString: strerror(errno))).")
        }
        return try Pack(folder: target)
    }

    private func checkName(_ name: String) throws {
        let letters = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
        guard !name.isEmpty, !name.hasPrefix("."), name.unicodeScalars.allSatisfy(letters.contains) else {
            throw OnDeviceError(
                .packName, "“\(name)” cannot be a pack's name; use letters, digits, - _ and . (but not first).")
        }
        guard try Catalogue(folder: "")[name] == nil else {
            throw OnDeviceError(.packName, "\(name) is the name of a pack that can be fetched; rename yours.")
        }
        if let other = Pack.found(in: self).first(where: { $0.goes(by: name) }) {
            throw OnDeviceError(.packName, "There is already a pack \(name) in \(other.folder); remove it first.")
        }
    }

    /// Removes a pack that was fetched or added, even if its manifest is wrong.
    /// - Parameter name: The pack's name, or its folder's name if the manifest is wrong.
    /// - Returns: The path of the removed folder.
    /// - Throws: `OnDeviceError.packName` if there is no such pack, `notWritten` if it could not be removed.
    public func remove(_ name: String) throws(OnDeviceError) -> String {
        guard let found = Pack.found(in: self).first(where: { $0.goes(by: name) }) else {
            throw OnDeviceError(.packName, "There is no pack \(name) here; `framesift packs` lists the installed ones.")
        }
        let parent = URL(fileURLWithPath: found.folder).deletingLastPathComponent().path
        guard [fetching?.folder, ownPacks].contains(where: { $0 == parent }) else {
            throw OnDeviceError(.packName, "\(found.folder) was not put there by Framesift; remove it yourself.")
        }
        do {
            try FileManager.default.removeItem(atPath: found.folder)
        } catch {
            throw OnDeviceError(.notWritten, "\(found.folder) could not be removed.")
        }
        return found.folder
    }
}

extension Pack.Found {
    /// Whether this is the pack's name, or its folder's name if the manifest is wrong.
    fileprivate func goes(by name: String) -> Bool {
        ((try? pack.get().name) ?? URL(fileURLWithPath: folder).lastPathComponent) == name
    }
}
