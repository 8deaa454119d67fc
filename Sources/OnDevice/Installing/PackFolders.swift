import Foundation

extension Installation {
    /// Copies a user's own pack into `ownPacks`, when its manifest makes sense and its files are those it names.
    /// - Returns: The copy.
    /// - Throws: `OnDeviceError`.
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
                        .notInstalled, "\(folder)/\(name) is missing, and the pack \(pack.name) names it.")
                }
                try files.copyItem(atPath: source.path, toPath: staged + "/" + name)
            }
        } catch let error as OnDeviceError {
            throw error
        } catch {
            throw OnDeviceError(.notWritten, "\(parent): the pack \(pack.name) could not be copied there.")
        }
        // The copy is what will be used, so that is what is looked at.
        try Pack(folder: staged).verify()
        guard rename(staged, target) == 0 else {
            throw OnDeviceError(.notWritten, "\(target): \(String(cString: strerror(errno))).")
        }
        return try Pack(folder: target)
    }

    private func checkName(_ name: String) throws {
        let letters = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
        guard !name.isEmpty, !name.hasPrefix("."), name.unicodeScalars.allSatisfy(letters.contains) else {
            throw OnDeviceError(.packName, "A pack's name is made of letters, digits, - _ and .; “\(name)” is not.")
        }
        guard try Catalogue(folder: "")[name] == nil else {
            throw OnDeviceError(.packName, "\(name) is the name of a pack that can be fetched; give yours another.")
        }
        if let other = Pack.found(in: self).first(where: { $0.goes(by: name) }) {
            throw OnDeviceError(.packName, "There is a pack \(name) already, in \(other.folder); remove it first.")
        }
    }

    /// Removes a pack that was fetched or added. A manifest that makes no sense is no obstacle.
    /// - Returns: The folder that was removed.
    /// - Throws: `OnDeviceError.packName` or `notWritten`.
    public func remove(_ name: String) throws -> String {
        guard let found = Pack.found(in: self).first(where: { $0.goes(by: name) }) else {
            throw OnDeviceError(.packName, "There is no pack \(name) here; `framesift packs` lists those that are.")
        }
        let parent = URL(fileURLWithPath: found.folder).deletingLastPathComponent().path
        guard [fetching?.folder, ownPacks].contains(where: { $0 == parent }) else {
            throw OnDeviceError(.packName, "\(found.folder) was put there by hand; take it away by hand.")
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
    /// Whether that is its name, or its folder's where its manifest is not understood.
    fileprivate func goes(by name: String) -> Bool {
        ((try? pack.get().name) ?? URL(fileURLWithPath: folder).lastPathComponent) == name
    }
}
