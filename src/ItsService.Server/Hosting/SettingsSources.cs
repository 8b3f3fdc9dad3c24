namespace ItsService.Server.Hosting;

/// <summary>
/// Where settings come from: appsettings.json, then the environment, then the command line; the last wins.
/// </summary>
internal static class SettingsSources
{
    private const string SettingsFile = "appsettings.json";

    /// <summary>Adds the sources.</summary>
    public static void AddTo(IConfigurationBuilder configuration, CommandLine commandLine)
    {
        try
        {
            configuration
                .AddJsonFile(SettingsFile, optional: true)
                .AddEnvironmentVariables()
                .AddInMemoryCollection(commandLine.Settings);
        }
        catch (InvalidDataException problem)
        {
            var reason = problem.GetBaseException().Message.ReplaceLineEndings(" ");
            throw new InvalidSettingsException($"{SettingsFile} cannot be read: {reason}");
        }
    }

    /// <summary>
    /// Reads the settings. A name that does not exist is an error, since it would silently do nothing.
    /// </summary>
    public static ItsServerOptions Read(IConfiguration configuration)
    {
        var section = configuration.GetSection(ItsServerOptions.SectionName);
        RefuseUnknown(section, typeof(ItsServerOptions));
        RefuseUnknown(section.GetSection(nameof(ItsServerOptions.Limits)), typeof(ItsServerLimits));
        var options = new ItsServerOptions();
        try
        {
            section.Bind(options);
        }
        catch (InvalidOperationException problem)
        {
            throw new InvalidSettingsException(problem.Message);
        }

        return options;
    }

    private static void RefuseUnknown(IConfigurationSection section, Type settings)
    {
        var known = settings.GetProperties().Select(property => property.Name).ToArray();
        foreach (var setting in section.GetChildren())
        {
            if (!known.Contains(setting.Key, StringComparer.OrdinalIgnoreCase))
            {
                throw new InvalidSettingsException(
                    $"{setting.Path} is not a setting; {section.Path} has {string.Join(", ", known)}");
            }
        }
    }
}
