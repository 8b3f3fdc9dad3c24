using System.Collections.Concurrent;
using Grpc.Core;
using ItsService.Server.Errors;

namespace ItsService.Server.Checkpoints;

/// <summary>
/// The checkpoints in the state directory: written one after another, read by as many as like. All of this waits for
/// the disk.
/// </summary>
internal sealed class CheckpointStore(
    StateDirectory directory, ItsServerLimits limits, CheckpointTroubles troubles, ILogger<CheckpointStore> logger)
{
    private readonly GivenNumbers _given = new();

    // Those that were written, or looked at, as they were then: they are not read again for each new one.
    private readonly ConcurrentDictionary<CheckpointName, Look> _known = new();

    /// <summary>
    /// Writes a checkpoint of a VM, wholly or not at all, and removes the oldest that is one too many then. One caller
    /// at a time: who comes later gets a higher number.
    /// </summary>
    public V1.CheckpointResponse Add(string vm, NewCheckpoint content, CancellationToken call)
    {
        directory.Open();
        directory.BeginUse();
        try
        {
            return AddInOpen(vm, content, call);
        }
        finally
        {
            directory.EndUse();
        }
    }

    private V1.CheckpointResponse AddInOpen(string vm, NewCheckpoint content, CancellationToken call)
    {
        var name = NextNameOf(vm);
        content.Description.Name = name.ToString();
        RefuseBeyondLimit(vm, content.Layout);
        Write(name, content, call);
        _given.Note(name);
        CheckpointsLog.Written(logger, name.ToString(), (long)content.Layout.FileBytes);
        Remember(name, isWhole: true);
        return new V1.CheckpointResponse
        {
            Checkpoint = CheckpointMessage.Of(content.Description, content.Layout),
            Removed = { RemoveOldest(vm, call) },
        };
    }

    /// <summary>The names of checkpoints, in order; of one VM, or of all where it is null.</summary>
    public IReadOnlyList<CheckpointName> Names(string? vm)
    {
        directory.Open();
        return directory.Names(vm);
    }

    /// <summary>One checkpoint, whatever state it is in; null when there is none of that name.</summary>
    public CheckpointFile? TryRead(CheckpointName name, CancellationToken call)
    {
        directory.Open();
        var file = CheckpointFile.Open(directory, name, call);
        if (file?.Damage is { } damage)
        {
            troubles.Damaged(name, damage);
        }

        return file;
    }

    /// <summary>
    /// Refuses, before a VM is stopped for it, a checkpoint for which there is no room whatever it is.
    /// </summary>
    public void OpenForAdding(string vm)
    {
        directory.Open();
        var present = directory.TotalBytes();
        if (present >= limits.CheckpointBytesMax)
        {
            throw NoRoom(vm, $"the checkpoints in the state directory have {present} bytes");
        }
    }

    /// <summary>A whole checkpoint; refuses, and offers the newest whole one before it, where there is none.</summary>
    public CheckpointFile Read(CheckpointName name, CancellationToken call)
    {
        var file = TryRead(name, call);
        if (file is { Damage: null })
        {
            return file;
        }

        file?.Dispose();
        if (file is { IsUnreadable: true })
        {
            throw new StateDirectoryException($"'{name}' is not restored: {file.Damage}");
        }

        var before = NewestWholeBefore(name, call);
        var why = file is null
            ? new Problem(V1.ErrorReason.CheckpointNotFound, "name", $"there is no checkpoint '{name}'")
            : new Problem(V1.ErrorReason.CheckpointDamaged, "name", $"'{name}' is damaged: {file.Damage}");
        throw Refusal.Of(name.ToString(), before is null
            ? why with { Text = $"{why.Text}; there is no whole one before it" }
            : why with { Accepted = $"{before}" });
    }

    /// <summary>Deletes one; refuses when there is none of that name.</summary>
    public void Delete(CheckpointName name)
    {
        directory.Open();
        if (!directory.Delete(name.FileName, () => _given.Note(name)))
        {
            throw Refusal.Of(
                name.ToString(),
                new Problem(V1.ErrorReason.CheckpointNotFound, "name", $"there is no checkpoint '{name}'"));
        }

        _known.TryRemove(name, out _);
        CheckpointsLog.Deleted(logger, name.ToString());
    }

    private CheckpointName? NewestWholeBefore(CheckpointName name, CancellationToken call)
    {
        foreach (var older in directory.Names(name.Vm).Where(other => other.Number < name.Number).Reverse())
        {
            using var file = CheckpointFile.Open(directory, older, call);
            if (file is { Damage: null })
            {
                return older;
            }
        }

        return null;
    }

    private CheckpointName NextNameOf(string vm)
    {
        var last = directory.Names(vm) is { Count: > 0 } names ? names[^1].Number : 0;
        last = Math.Max(last, _given.LastOf(vm));
        return last < long.MaxValue
            ? new CheckpointName(vm, last + 1)
            : throw new StateDirectoryException($"'{vm}' has a checkpoint with the last number that there is");
    }

    private void RefuseBeyondLimit(string vm, CheckpointLayout layout)
    {
        var present = directory.TotalBytes();
        if (layout.FileBytes + (UInt128)present > (UInt128)limits.CheckpointBytesMax)
        {
            throw NoRoom(
                vm, $"the checkpoint has {layout.FileBytes} bytes, and those in the state directory have {present}");
        }
    }

    private RpcException NoRoom(string vm, string why) => Refusal.Of(
        vm,
        new Problem(V1.ErrorReason.LimitExceeded, "", why)
        {
            Accepted = $"at most {limits.CheckpointBytesMax} bytes together; delete some first",
        });

    private void Write(CheckpointName name, NewCheckpoint content, CancellationToken call)
    {
        var hasName = false;
        try
        {
            using (var file = directory.Create(name.UnfinishedFileName, (long)content.Layout.FileBytes))
            {
                directory.Use("written", () => content.WriteTo(file, call));
            }

            directory.Rename(name.UnfinishedFileName, name.FileName);
            hasName = true;
            directory.Flush();
        }
        catch
        {
            Abandon(hasName ? name.FileName : name.UnfinishedFileName);
            throw;
        }
    }

    /// <summary>Takes away what is left of one that failed; if that fails as well, the first failure is told.</summary>
    private void Abandon(string file)
    {
        try
        {
            directory.Delete(file);
        }
        catch (StateDirectoryException)
        {
            // It is in the log, and an unfinished one is deleted when the directory is opened next.
        }
    }

    /// <summary>What cannot be removed is left to the next time: the new one is there.</summary>
    private List<string> RemoveOldest(string vm, CancellationToken call)
    {
        var removed = new List<string>();
        try
        {
            var whole = directory.Names(vm).Reverse().Where(name => IsWhole(name, call));
            foreach (var name in whole.Skip(limits.CheckpointsPerVmMax))
            {
                _known.TryRemove(name, out _);
                if (directory.Delete(name.FileName))
                {
                    removed.Insert(0, name.ToString());
                    CheckpointsLog.Removed(logger, name.ToString());
                }
            }
        }
        catch (StateDirectoryException)
        {
            // It is in the log.
        }

        return removed;
    }

    private bool IsWhole(CheckpointName name, CancellationToken call)
    {
        var file = new FileInfo(directory.PathOf(name.FileName));
        if (file.Exists
            && _known.TryGetValue(name, out var known)
            && known == new Look(file.Length, file.LastWriteTimeUtc, known.IsWhole))
        {
            return known.IsWhole;
        }

        using var opened = TryRead(name, call);
        if (opened is { IsUnreadable: false })
        {
            Remember(name, opened.Damage is null);
        }

        return opened is { Damage: null };
    }

    private void Remember(CheckpointName name, bool isWhole)
    {
        // It may have been deleted meanwhile.
        if (new FileInfo(directory.PathOf(name.FileName)) is { Exists: true } file)
        {
            _known[name] = new Look(file.Length, file.LastWriteTimeUtc, isWhole);
        }
    }

    private readonly record struct Look(long Length, DateTime ChangedAt, bool IsWhole);
}
