using ItsService.Core.Commands;
using ItsService.Core.Translation;
using ItsService.Server.Diagnostics;
using ItsService.Server.Msis;

namespace ItsService.Server.Telemetry;

/// <summary>The attributes of instruments and spans, and their values.</summary>
internal static class Tags
{
    /// <summary>How messages came.</summary>
    public const string Path = "its.path";

    /// <summary>What became of messages.</summary>
    public const string Outcome = "its.msi.outcome";

    /// <summary>Who sent messages.</summary>
    public const string Origin = "its.msi.origin";

    /// <summary>What sort of interrupt.</summary>
    public const string InterruptKind = "its.interrupt.kind";

    /// <summary>A command by its name.</summary>
    public const string Opcode = "its.command.opcode";

    /// <summary>What was wrong: of the semantic conventions; absent where nothing was.</summary>
    public const string Error = "error.type";

    /// <summary>What sort of guest memory.</summary>
    public const string Backend = "its.memory.backend";

    /// <summary>What was done with memory.</summary>
    public const string Operation = "its.memory.operation";

    /// <summary>In which form a state was saved, or given back.</summary>
    public const string Form = "its.state.form";

    /// <summary>The run state of VMs.</summary>
    public const string VmState = "its.vm.state";

    /// <summary>What a guest did wrong.</summary>
    public const string Mistake = "its.mistake.kind";

    /// <summary>"vms/{vm}". On instruments only where MetricsPerVm asks for it.</summary>
    public const string Vm = "its.vm.name";

    /// <summary>An attribute without one is left out by the SDK where its value is null.</summary>
    public static KeyValuePair<string, object?> Of(string name, string? value) => new(name, value);

    /// <summary>As in "dropped_its_disabled": names of code, as attributes have them.</summary>
    public static string Name<TEnum>(TEnum value)
        where TEnum : struct, Enum => EnumNames<TEnum>.Of(value);

    /// <summary>An outcome as the API names it: "dropped_intid_out_of_range".</summary>
    public static string NameOf(MsiOutcome outcome) => Name(MsiAnswer.OutcomeOf(outcome));

    /// <summary>What was wrong with a command, as the architecture names it: "mapc_procnum_oor".</summary>
    public static string NameOf(CommandError error) => CommandNames.Of(error).ToLowerInvariant();

    private static class EnumNames<TEnum>
        where TEnum : struct, Enum
    {
        private static readonly Dictionary<TEnum, string> Names =
            Enum.GetValues<TEnum>().Distinct().ToDictionary(value => value, value => SnakeCase(value.ToString()));

        public static string Of(TEnum value) => Names.TryGetValue(value, out var name) ? name : "unknown";
    }

    private static string SnakeCase(string name) => string.Concat(name.Select((letter, index) =>
        char.IsUpper(letter) && index > 0 && !char.IsUpper(name[index - 1])
            ? $"_{char.ToLowerInvariant(letter)}"
            : char.ToLowerInvariant(letter).ToString()));
}
