using System.Globalization;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Output;

/// <summary>An explanation for a person: the way, what holds the interrupt up, and what happened last.</summary>
internal static class ExplanationText
{
    private const int WidthMax = 100;

    public static void Write(TextWriter output, string vm, ExplainResponse explanation)
    {
        output.WriteLine($"{vm}: {Subject(explanation)}");
        output.WriteLine();
        WriteSteps(output, ExplanationSteps.Of(explanation).ToList());
        WriteReason(output, "Why", explanation.Reason, explanation.Message);
        if (explanation.Reason != explanation.ReasonWhenRunning)
        {
            WriteReason(
                output, "When the VM runs", explanation.ReasonWhenRunning, explanation.MessageWhenRunning);
        }

        WriteMappings(output, explanation);
        WriteLastEvents(output, explanation);
    }

    private static string Subject(ExplainResponse explanation)
    {
        var intId = explanation.HasIntId ? $"INTID {explanation.IntId}" : "";
        if (explanation.Device is not { } device)
        {
            return intId;
        }

        var source = explanation.Event is { } mapped
            ? $"event {mapped.EventId} of device 0x{device.DeviceId:x}"
            : $"device 0x{device.DeviceId:x}";
        return intId.Length == 0 ? source : $"{source}, {intId}";
    }

    private static void WriteSteps(TextWriter output, List<ExplanationSteps.Step> steps)
    {
        var width = steps.Max(step => step.Name.Length);
        foreach (var (passes, name, lines) in steps)
        {
            output.WriteLine($"  {(passes ? "ok" : "NO")}  {name.PadRight(width)}  {lines[0]}");
            foreach (var line in lines.Skip(1))
            {
                output.WriteLine($"      {"".PadRight(width)}  {line}");
            }
        }
    }

    private static void WriteReason(TextWriter output, string title, NonDelivery reason, string message)
    {
        output.WriteLine();
        output.WriteLine($"{title}: {reason}");
        var line = "";
        foreach (var word in message.Split(' '))
        {
            if (line.Length + word.Length >= WidthMax)
            {
                output.WriteLine($" {line}");
                line = "";
            }

            line += $" {word}";
        }

        output.WriteLine($" {line}");
    }

    private static void WriteMappings(TextWriter output, ExplainResponse explanation)
    {
        if (explanation.Mappings.Count <= 1 && !explanation.MappingsCut)
        {
            return;
        }

        output.WriteLine();
        output.WriteLine(explanation.MappingsCut ? "Mapped by, and perhaps by others:" : "Mapped by:");
        foreach (var mapped in explanation.Mappings)
        {
            output.WriteLine($"  event {mapped.EventId} of device 0x{mapped.DeviceId:x}, ITS {mapped.Its}");
        }
    }

    private static void WriteLastEvents(TextWriter output, ExplainResponse explanation)
    {
        output.WriteLine();
        output.WriteLine(explanation.LastEvents.Count == 0
            ? "Nothing is kept that touched this mapping."
            : "What touched this mapping last:");
        foreach (var touching in explanation.LastEvents)
        {
            var time = touching.Time.ToDateTimeOffset().ToString("u", CultureInfo.InvariantCulture);
            var mark = touching.Mistake is null ? " " : "!";
            var count = touching.Mistake is { Count: > 1 } row ? $" ({row.Count} in a row)" : "";
            output.WriteLine($"  {time} {mark} {touching.Message}{count}");
        }
    }
}
